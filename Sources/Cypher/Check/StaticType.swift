/// What is known of an expression's type before it is evaluated.
///
/// Only certainty counts: what may be null, what comes from a property or a parameter is `any`.
indirect enum StaticType: Hashable, Sendable {
    case any
    case boolean
    case integer
    case float
    /// An integer or a float.
    case number
    case string
    case list(StaticType)
    case map
    case node
    case relationship
    case path
    /// A date, time or duration.
    case temporal

    /// As messages say it.
    var name: String {
        switch self {
        case .any: "any type"
        case .boolean: "a boolean"
        case .integer: "an integer"
        case .float: "a float"
        case .number: "a number"
        case .string: "a string"
        case .list: "a list"
        case .map: "a map"
        case .node: "a node"
        case .relationship: "a relationship"
        case .path: "a path"
        case .temporal: "a temporal value"
        }
    }

    var isNumber: Bool { self == .integer || self == .float || self == .number }

    var isList: Bool {
        if case .list = self { true } else { false }
    }

    /// The type of a list's elements.
    var element: StaticType {
        if case .list(let element) = self { element } else { .any }
    }

    /// The type of what is one or the other.
    func joined(with other: StaticType) -> StaticType {
        if self == other { return self }
        if isNumber, other.isNumber { return .number }
        if isList, other.isList { return .list(element.joined(with: other.element)) }
        return .any
    }

    /// The type of what is one of several; of nothing it is any.
    static func joined(_ types: [StaticType]) -> StaticType {
        guard let first = types.first else { return .any }
        return types.dropFirst().reduce(first) { $0.joined(with: $1) }
    }

    /// True when a value of this type may stand where `wanted` is asked for.
    func mayBe(_ wanted: StaticType) -> Bool {
        switch (self, wanted) {
        case (.any, _), (_, .any): true
        case (.list(let element), .list(let other)): element.mayBe(other)
        case (.number, _) where wanted.isNumber: true
        case (_, .number) where isNumber: true
        default: self == wanted
        }
    }
}
