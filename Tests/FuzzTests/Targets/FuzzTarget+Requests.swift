internal import Drivers
internal import Host
internal import MMSGraph
internal import Resources

@testable internal import MMSConsole

extension FuzzTarget {
    /// Bodies of `POST /v1/commands`: read whole or refused by name.
    @Sendable static func commands(_ input: [UInt8]) -> String? {
        do throws(Refusal) {
            let request = try CommandRequest(input)
            if request.commands.isEmpty { return "accepted a batch without a command" }
            for case .create(let draft) in request.commands {
                let made = draft.draft(id: Identifier(high: 1, low: 2), namespace: .root)
                var writer = CBORWriter()
                writer.write(Batch([.create(made)]))
                guard (try? CBORReader.decodeBatch(writer.bytes)) != nil else {
                    return "wrote a batch that the log does not read"
                }
            }
            return nil
        } catch {
            return error.reason.isEmpty ? "refused without a reason" : nil
        }
    }

    /// Texts of `--where`, with a type of every kind of field and without one; and bookmarks, which
    /// are texts of clients too.
    @Sendable static func predicate(_ input: [UInt8]) -> String? {
        let text = String(decoding: input, as: UTF8.self)
        for type in [sample, nil] {
            do throws(Refusal) { _ = try Predicate(text, type: type) } catch {
                if error.reason.isEmpty { return "refused without a reason" }
            }
        }
        if let bookmark = try? Bookmark(text: text),
            (try? Bookmark(text: bookmark.text)) != bookmark
        {
            return "a bookmark changed"
        }
        return nil
    }

    private static let sample: TypeDefinition? = {
        guard let name = try? TypeName("sample") else { return nil }
        var fields = TypeDefinition.Kind.allCases.map {
            TypeDefinition.Field($0.rawValue, $0, "A field.")
        }
        fields.append(TypeDefinition.Field("memory", .int, "Memory.", unit: "bytes"))
        fields.append(TypeDefinition.Field("took", .float, "Time.", unit: "s"))
        fields.append(TypeDefinition.Field("share", .float, "A share.", unit: "%"))
        return TypeDefinition(
            name: name, summary: "One field of every kind.", role: .system, writer: "people",
            fields: fields, columns: [])
    }()

    /// The strict subset of YAML: every place that is told lies within the text.
    @Sendable static func yaml(_ input: [UInt8]) -> String? {
        let lines = input.count { $0 == 0x0A || $0 == 0x0D } + input.count + 2
        do throws(YAMLError) {
            for document in try YAMLReader.read(input) {
                let place = document.location(of: [])
                if place.line < 1 || place.line > lines { return "a place outside of the text" }
                var writer = CBORWriter()
                writer.write(document.value)
                guard let again = try? CBORReader.decode(writer.bytes), again == document.value
                else { return "gave a value that has no canonical form" }
            }
            return nil
        } catch {
            let place = error.location
            return place.line < 1 || place.line > lines || error.found.isEmpty
                ? "refused without a place or a reason" : nil
        }
    }

    /// App files: the fields of an accepted app describe the same app, and its tasks are bounded.
    @Sendable static func app(_ input: [UInt8]) -> String? {
        do throws(AppError) {
            let read = { (path: String) -> AppFile.Base in
                path.hasSuffix("/none") ? .missing : .file(input)
            }
            for app in try AppFile.read(input, folder: "/apps/sample", base: read) {
                let again = try App(name: app.name, data: app.data)
                if again.data != app.data { return "an app changed on its way to the graph" }
                let tasks = try app.tasks()
                if try again.tasks().count != tasks.count { return "the tasks changed" }
                for task in tasks {
                    guard App.Task(name: task.name, data: task.data) != nil else {
                        return "a task that no driver reads"
                    }
                }
            }
            return nil
        } catch {
            return error.found.isEmpty ? "refused without a reason" : nil
        }
    }
}
