internal import Drivers
internal import Host
internal import Resources
internal import Testing

/// The schema for editors and the file to begin with say what the reader says.
@Suite struct AppSchemaTests {
    private static var top: String {
        "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
    }

    @Test func theSchemaOfTheDocumentsIsCurrent() throws {
        let file = Self.top + "/Docs/app.schema.json"
        let text = try LinuxFiles().text(file, atMost: 1 << 20)
        #expect(text == AppSchema.text, "write it anew: pisces app schema > Docs/app.schema.json")
    }

    /// Every key of the schema stands in the full sample, and every key of the sample in it.
    @Test func theSchemaKnowsTheKeysOfTheSample() throws {
        let schema = try JSONReader.decode(Array(AppSchema.text.utf8))
        let document = try #require(try YAMLReader.read("from: [x]\n" + Samples.full).first)
        var seen: Set<String> = []
        walk(document.value, schema, [], &seen)
        var all: Set<String> = []
        collect(schema, [], &all)
        #expect(
            all.subtracting(seen).sorted() == [
                "capabilities.*.run.command", "capabilities.*.run.host", "capabilities.*.run.oci",
                "volumes.*.lost",
            ])
    }

    private func walk(_ value: Value, _ schema: Value, _ path: [String], _ seen: inout Set<String>)
    {
        guard let map = value.map, let rules = schema.map else { return }
        for (key, inner) in map.entries {
            if let known = rules["properties"]?.map {
                let step = path + [key]
                #expect(known[key] != nil, "\(step)")
                seen.insert(step.joined(separator: "."))
                walk(inner, known[key] ?? .null, step, &seen)
            } else if let each = rules["additionalProperties"] {
                walk(inner, each, path + ["*"], &seen)
            }
        }
    }

    private func collect(_ schema: Value, _ path: [String], _ all: inout Set<String>) {
        for (key, inner) in schema.map?["properties"]?.map?.entries ?? [] {
            all.insert((path + [key]).joined(separator: "."))
            collect(inner, path + [key], &all)
        }
        if let each = schema.map?["additionalProperties"], each.map != nil {
            collect(each, path + ["*"], &all)
        }
    }

    @Test func theTemplateIsRight() throws {
        let text = try AppTemplate.text(name: "shop")
        let app = try #require(try Samples.read(text).first)
        #expect(app.name == "shop" && app.components.map(\.name) == ["web"])
        #expect(!text.contains("NAME"))
    }

    @Test func theTemplateIsRightWithAllItShows() throws {
        let text = try AppTemplate.text(name: "shop")
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let blanks = line.prefix { $0 == " " }
            let rest = line.dropFirst(blanks.count)
            guard rest.hasPrefix("# "), let colon = rest.firstIndex(of: ":") else {
                return String(line)
            }
            let key = rest.dropFirst(2)[..<colon]
            let isKey = key.allSatisfy { $0.isLowercase || $0 == "-" }
            return isKey ? blanks + String(rest.dropFirst(2)) : String(line)
        }
        let whole = lines.joined(separator: "\n")
        let app = try #require(
            try Samples.read(whole, bases: ["/srv/apps/base/app.yaml": "{}"]).first)
        #expect(app.components.map(\.name) == ["cleanup", "web"])
        #expect(app.services.count == 1 && app.volumes.count == 1 && app.capabilities.count == 1)
        #expect(app.components.last?.health != nil && app.components.last?.needs.cpu == 0.2)
    }

    @Test func theTemplateRefusesWhatIsNoName() {
        #expect(throws: AppError.self) { try AppTemplate.text(name: "My Shop") }
    }
}
