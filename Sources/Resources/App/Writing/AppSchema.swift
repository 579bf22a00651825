/// The JSON Schema (draft 2020-12) of app files, for editors: written from the keys the reader
/// knows. What only the whole can tell is the reader's: with `from`, a base may have what a file
/// leaves out, so that the schema asks for a key only where no base can give it.
public enum AppSchema {
    /// The schema as indented JSON, as `Docs/app.schema.json` has it.
    public static var text: String {
        var members: [(String, JSONTree)] = [
            ("$schema", .text("https://json-schema.org/draft/2020-12/schema")),
            ("$id", .text("app.schema.json")),
            ("title", .text("App file of Pisces")),
        ]
        var whole = AppShape.app
        let required = whole.keys.filter(\.isRequired).map(\.name)
        whole.keys.insert(AppShape.from, at: 4)
        members += tree(of: whole)
        members.append(
            (
                "anyOf",
                .list([
                    .object([("required", .list(required.map(JSONTree.text)))]),
                    .object([("required", .list([.text(AppShape.from.name)]))]),
                ])
            ))
        return JSONTree.object(members).indented() + "\n"
    }

    private static func tree(of shape: AppShape) -> [(String, JSONTree)] {
        let properties = shape.keys.map { key in
            (key.name, JSONTree.object([("description", .text(key.summary))] + tree(of: key.kind)))
        }
        var members: [(String, JSONTree)] = [
            ("type", .text("object")), ("properties", .object(properties)),
            ("additionalProperties", .flag(false)),
        ]
        let pairs = shape.choices.flatMap(exclusions)
        if !pairs.isEmpty {
            members.append(
                (
                    "allOf",
                    .list(
                        pairs.map { pair in
                            .object([
                                ("not", .object([("required", .list(pair.map(JSONTree.text)))]))
                            ])
                        })
                ))
        }
        return members
    }

    /// Pairs of keys that do not stand together.
    private static func exclusions(_ choice: AppShape.Choice) -> [[String]] {
        var pairs: [[String]] = []
        for (index, key) in choice.keys.enumerated() {
            for other in choice.keys[(index + 1)...] { pairs.append([key.name, other.name]) }
            for other in choice.keys where other.name != key.name {
                for beside in other.beside { pairs.append([key.name, beside]) }
            }
        }
        return pairs
    }

    private static func tree(of kind: AppShape.Kind) -> [(String, JSONTree)] {
        switch kind {
        case .text(let form): text(form)
        case .integer(let range): integer(range)
        case .number(let most, _):
            [("type", .text("number")), ("exclusiveMinimum", .int(0)), ("maximum", .int(most))]
        case .flag: [("type", .text("boolean"))]
        case .size(let range):
            either(integer(range), pattern("^[0-9]+ ?(B|KiB|MiB|GiB|TiB)$"))
        case .duration: pattern("^[0-9]+ ?(ms|s|m|h)$")
        case .oneOf(let words): [("enum", .list(words.map(JSONTree.text)))]
        case .list(let kind, let most):
            [
                ("type", .text("array")), ("items", .object(tree(of: kind))),
                ("maxItems", .int(most)), ("uniqueItems", .flag(true)),
            ]
        case .map(let form, let kind, let most):
            [
                ("type", .text("object")),
                ("propertyNames", .object(text(form))),
                ("additionalProperties", .object(tree(of: kind))), ("maxProperties", .int(most)),
            ]
        case .shape(let shape): tree(of: shape)
        case .port: either(integer(1...65_535), [("const", .text("auto"))])
        case .listen: either(integer(1...65_535), pattern("^.+:[1-9][0-9]{0,4}$"))
        }
    }

    private static func either(
        _ one: [(String, JSONTree)], _ other: [(String, JSONTree)]
    ) -> [(String, JSONTree)] {
        [("anyOf", .list([.object(one), .object(other)]))]
    }

    private static func integer(_ range: ClosedRange<Int>) -> [(String, JSONTree)] {
        [
            ("type", .text("integer")), ("minimum", .int(range.lowerBound)),
            ("maximum", .int(range.upperBound)),
        ]
    }

    private static func pattern(_ pattern: String) -> [(String, JSONTree)] {
        [("type", .text("string")), ("pattern", .text(pattern))]
    }

    private static func text(_ form: AppShape.Form) -> [(String, JSONTree)] {
        form.pattern.map(pattern)
            ?? [("type", .text("string")), ("maxLength", .int(Limits.appText.value))]
    }
}
