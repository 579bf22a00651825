import Testing

@testable import Resources

@Suite struct NounTests {
    @Test func identifiersRoundTripAndKeepTheirOrder() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<1000 {
            let a = Identifier(high: random.next(), low: random.next())
            let b = Identifier(high: random.next(), low: random.next())
            #expect(Identifier(a.description) == a)
            #expect(Identifier(a.description.lowercased()) == a)
            #expect(Identifier(bytes: a.bytes) == a)
            #expect((a < b) == (a.description < b.description))
            #expect((a < b) == a.bytes.lexicographicallyPrecedes(b.bytes))
        }
    }

    @Test(arguments: ["", "01", "8ZZZZZZZZZZZZZZZZZZZZZZZZZ", "0123456789ABCDEFGHJKMNPQRU"])
    func identifiersRefuseOtherText(text: String) { #expect(Identifier(text) == nil) }

    @Test(arguments: [
        "", "a\u{0}b", "a\u{202E}b", "a\nb", ".", "..", String(repeating: "x", count: 65_536),
        "\u{200B}",
    ]) func namesRefuseWhatCannotBeToldApart(text: String) {
        #expect(throws: NameError.self) { try ResourceName(text) }
    }

    @Test func namespacesContainWhatIsBelowThem() throws {
        let web = try Namespace("/prod/web")
        #expect(Namespace.root.contains(web))
        #expect(try Namespace("/prod").contains(web))
        #expect(try !Namespace("/pro").contains(web))
        #expect(!web.contains(.root))
        for path in ["", "prod", "/prod/", "//", "/a//b", "/a/../b"] {
            #expect(throws: NameError.self) { try Namespace(path) }
        }
    }

    @Test(arguments: [
        ("2026-11-21T04:14:26.031Z", 1_795_234_466_031), ("1970-01-01T00:00:00.000Z", 0),
        ("1969-12-31T23:59:59.999Z", -1), ("2000-02-29T12:00:00.500Z", 951_825_600_500),
    ]) func timesReadAndWriteRFC3339(text: String, milliseconds: Int64) {
        #expect(WallTime(text: text)?.milliseconds == milliseconds)
        #expect(WallTime(milliseconds: milliseconds).text == text)
    }

    @Test(arguments: [
        "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-01", "2026-01-01T24:00:00Z",
        "2026-01-01T00:00:00", "2026-01-01T00:00:00.Z",
    ]) func timesRefuseWhatIsNoInstant(text: String) { #expect(WallTime(text: text) == nil) }

    @Test func timesTakeOffsets() {
        #expect(
            WallTime(text: "2026-01-01T01:00:00+01:00") == WallTime(text: "2026-01-01T00:00:00Z"))
    }

    @Test func batchesSurviveTheirEncoding() throws {
        let id = Identifier(high: 1, low: 2)
        var draft = Draft(
            id: id, type: CoreTypes.known("process"), namespace: try Namespace("/machines/a"),
            name: try ResourceName("1"), data: ["pid": 1, "memory": 1.5], links: ["PARENT": [id]],
            owner: id)
        draft.tags = ["app": "web"]
        draft.cost.cpu = 0.5
        var update = Update(id: id, expect: Position(7), data: ["pid": .null])
        update.tags["app"] = .some(nil)
        update.tags["tier"] = .some("front")
        update.cost = draft.cost
        var batch = Batch(
            [.create(draft), .update(update), .delete(id: id, expect: nil)], origin: .resync,
            sensed: WallTime(milliseconds: 5), reason: "because")
        batch.session = Batch.Session(client: id, sequence: 3)
        batch.cursors = [Batch.Cursor(handler: "executor", log: .root, position: Position(9))]
        var writer = CBORWriter()
        writer.write(batch)
        #expect(try CBORReader.decodeBatch(writer.bytes) == batch)
        for end in writer.bytes.indices {
            #expect(throws: CBORError.self) {
                try CBORReader.decodeBatch(Array(writer.bytes[..<end]))
            }
        }
    }

    @Test func typesAreDataAndBack() throws {
        for type in CoreTypes.all {
            #expect(try TypeDefinition(name: type.name, data: type.data) == type)
        }
    }

    @Test(arguments: [
        ("role", Value.text("odd"), "role"), ("fields", .text("x"), "fields"),
        ("fields", .list([.map(["name": "a", "kind": "odd", "summary": ""])]), "fields.0.kind"),
        ("columns", .list(["nothing"]), "columns"),
        ("relations", .list([.map(["name": "low", "summary": ""])]), "relations.0.name"),
    ]) func typesNameTheFieldAtFault(key: String, value: Value, field: String) {
        var data = CoreTypes.type.data
        data[key] = value
        let error = #expect(throws: TypeDefinitionError.self) {
            try TypeDefinition(name: CoreTypes.type.name, data: data)
        }
        #expect(error?.field == field)
    }

    @Test func nearestFindsSlipsOnly() {
        #expect(nearest(to: "proces", among: ["process", "mount"]) == "process")
        #expect(nearest(to: "xyz", among: ["process", "mount"]) == nil)
    }

    @Test func limitsStandInTheirRangesAndHoldTogether() {
        for limit in Limits.all { #expect(limit.range.contains(limit.value), "\(limit.name)") }
        #expect(Limits.commandBytes.value < Limits.batchBytes.value)
        #expect(Limits.batchBytes.value < Limits.groupBytes.value)
        #expect(Limits.batchBytes.value < Limits.requestBytes.value)
    }
}
