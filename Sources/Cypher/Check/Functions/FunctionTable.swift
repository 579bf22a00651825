/// All functions of the language, found by their name in small letters.
package enum FunctionTable {
    package static func signature(of key: String) -> FunctionSignature? { byKey[key] }

    /// All, by name.
    package static let all =
        (aggregates + entities + lists + conversions + mathematics + strings + temporals)
        .sorted { $0.name < $1.name }

    private static let byKey = Dictionary(
        all.map { ($0.name.lowercased(), $0) }, uniquingKeysWith: { first, _ in first })

    private typealias Row = FunctionSignature

    private static let aggregates: [FunctionSignature] = [
        Row("count", 1...1, .type(.integer), isAggregate: true),
        Row("collect", 1...1, .listOfFirst, isAggregate: true),
        Row("sum", 1...1, .type(.any), isAggregate: true),
        Row("avg", 1...1, .type(.any), isAggregate: true),
        Row("min", 1...1, .type(.any), isAggregate: true),
        Row("max", 1...1, .type(.any), isAggregate: true),
        Row("stDev", 1...1, .type(.float), isAggregate: true),
        Row("stDevP", 1...1, .type(.float), isAggregate: true),
        Row("percentileCont", 2...2, .type(.any), isAggregate: true),
        Row("percentileDisc", 2...2, .type(.any), isAggregate: true),
    ]

    private static let entities: [FunctionSignature] = [
        Row("id", 1...1, .type(.integer), accepts: [.node, .relationship]),
        Row("elementId", 1...1, .type(.string), accepts: [.node, .relationship]),
        Row("labels", 1...1, .type(.list(.string)), accepts: [.node]),
        Row("type", 1...1, .type(.string), accepts: [.relationship]),
        Row("startNode", 1...1, .type(.node), accepts: [.relationship]),
        Row("endNode", 1...1, .type(.node), accepts: [.relationship]),
        Row("properties", 1...1, .type(.map), accepts: [.node, .relationship, .map]),
        Row("keys", 1...1, .type(.list(.string)), accepts: [.node, .relationship, .map]),
        Row("length", 1...1, .type(.integer), accepts: [.path]),
        Row("nodes", 1...1, .type(.list(.node)), accepts: [.path]),
        Row("relationships", 1...1, .type(.list(.relationship)), accepts: [.path]),
        Row("exists", 1...1, .type(.boolean)),
    ]

    private static let lists: [FunctionSignature] = [
        Row("size", 1...1, .type(.integer), accepts: [.list(.any), .string]),
        Row("isEmpty", 1...1, .type(.boolean), accepts: [.list(.any), .string, .map]),
        Row("head", 1...1, .element, accepts: [.list(.any)]),
        Row("last", 1...1, .element, accepts: [.list(.any)]),
        Row("tail", 1...1, .first, accepts: [.list(.any)]),
        Row("reverse", 1...1, .first, accepts: [.list(.any), .string]),
        Row("range", 2...3, .type(.list(.integer))),
        Row("coalesce", 1...Int.max, .joined),
    ]

    private static let conversions: [FunctionSignature] = [
        Row("toBoolean", 1...1, .type(.boolean)),
        Row("toBooleanOrNull", 1...1, .type(.boolean)),
        Row("toInteger", 1...1, .type(.integer)),
        Row("toIntegerOrNull", 1...1, .type(.integer)),
        Row("toFloat", 1...1, .type(.float)),
        Row("toFloatOrNull", 1...1, .type(.float)),
        Row("toString", 1...1, .type(.string)),
        Row("toStringOrNull", 1...1, .type(.string)),
        Row("toBooleanList", 1...1, .type(.list(.boolean))),
        Row("toFloatList", 1...1, .type(.list(.float))),
        Row("toIntegerList", 1...1, .type(.list(.integer))),
        Row("toStringList", 1...1, .type(.list(.string))),
        Row("timestamp", 0...0, .type(.integer)),
        Row("randomUUID", 0...0, .type(.string), isDeterministic: false),
    ]

    private static let mathematics: [FunctionSignature] =
        [
            Row("abs", 1...1, .numberOfFirst),
            Row("sign", 1...1, .type(.integer)),
            Row("round", 1...3, .type(.float)),
            Row("rand", 0...0, .type(.float), isDeterministic: false),
            Row("e", 0...0, .type(.float)),
            Row("pi", 0...0, .type(.float)),
            Row("atan2", 2...2, .type(.float)),
            Row("isNaN", 1...1, .type(.boolean)),
        ]
        + [
            "ceil", "floor", "sqrt", "exp", "log", "log10", "sin", "cos", "tan", "cot", "asin",
            "acos", "atan", "degrees", "radians", "haversin", "sinh", "cosh", "tanh",
        ].map { Row($0, 1...1, .type(.float)) }

    private static let strings: [FunctionSignature] =
        [
            Row("left", 2...2, .type(.string)),
            Row("right", 2...2, .type(.string)),
            Row("replace", 3...3, .type(.string)),
            Row("split", 2...2, .type(.list(.string))),
            Row("substring", 2...3, .type(.string)),
            Row("char_length", 1...1, .type(.integer)),
            Row("character_length", 1...1, .type(.integer)),
        ]
        + ["trim", "lTrim", "rTrim", "bTrim", "toLower", "toUpper", "lower", "upper"].map {
            Row($0, 1...1, .type(.string))
        }

    private static let temporals: [FunctionSignature] =
        ["date", "time", "localtime", "datetime", "localdatetime"].flatMap { name in
            [
                Row(name, 0...1, .type(.temporal)),
                Row("\(name).truncate", 1...3, .type(.temporal)),
                Row("\(name).transaction", 0...1, .type(.temporal)),
                Row("\(name).statement", 0...1, .type(.temporal)),
                Row("\(name).realtime", 0...1, .type(.temporal)),
            ]
        }
        + [
            Row("datetime.fromepoch", 2...2, .type(.temporal)),
            Row("datetime.fromepochmillis", 1...1, .type(.temporal)),
            Row("duration", 1...1, .type(.temporal)),
            Row("duration.between", 2...2, .type(.temporal)),
            Row("duration.inMonths", 2...2, .type(.temporal)),
            Row("duration.inDays", 2...2, .type(.temporal)),
            Row("duration.inSeconds", 2...2, .type(.temporal)),
        ]
}
