/// What the checks know of a function: how many arguments, of which types, and what it gives.
package struct FunctionSignature: Sendable {
    /// As its name is written.
    package let name: String
    package let arguments: ClosedRange<Int>
    package let isAggregate: Bool
    /// False when two calls with the same arguments may differ within a statement.
    package let isDeterministic: Bool
    /// What the first argument may be; nil when that is left to the evaluation.
    let accepts: [StaticType]?
    let result: Result

    /// The type of what it gives.
    enum Result: Sendable {
        case type(StaticType)
        /// That of the first argument.
        case first
        /// That of the elements of the first argument.
        case element
        /// A list of what the first argument is.
        case listOfFirst
        /// What all the arguments are.
        case joined
        /// A number of the first argument's kind.
        case numberOfFirst
    }

    init(
        _ name: String, _ arguments: ClosedRange<Int>, _ result: Result,
        accepts: [StaticType]? = nil, isAggregate: Bool = false, isDeterministic: Bool = true
    ) {
        self.name = name
        self.arguments = arguments
        self.result = result
        self.accepts = accepts
        self.isAggregate = isAggregate
        self.isDeterministic = isDeterministic
    }

    /// The type of a call with arguments of these types.
    func type(of arguments: [StaticType]) -> StaticType {
        let first = arguments.first ?? .any
        return switch result {
        case .type(let type): type
        case .first: first
        case .element: first.element
        case .listOfFirst: .list(first)
        case .joined: .joined(arguments)
        case .numberOfFirst: first.isNumber ? first : .any
        }
    }

    /// `between 1 and 3 arguments`
    var arity: String {
        if arguments.upperBound == .max { return "at least \(arguments.lowerBound)" }
        if arguments.count == 1 { return "\(arguments.lowerBound)" }
        return "\(arguments.lowerBound) to \(arguments.upperBound)"
    }
}
