/// What the checks know of a procedure: its arguments and the results it yields.
package struct ProcedureSignature: Sendable {
    /// With its dots.
    package let name: String
    /// The names of its arguments; without parentheses they are parameters of these names.
    package let arguments: [String]
    /// The names of its results, in their order.
    package let results: [String]

    package init(name: String, arguments: [String], results: [String]) {
        self.name = name
        self.arguments = arguments
        self.results = results
    }

    /// Those that drivers and browsers ask for.
    package static let builtin = [
        ProcedureSignature(name: "db.labels", arguments: [], results: ["label"]),
        ProcedureSignature(name: "db.ping", arguments: [], results: ["success"]),
        ProcedureSignature(name: "db.propertyKeys", arguments: [], results: ["propertyKey"]),
        ProcedureSignature(
            name: "db.relationshipTypes", arguments: [], results: ["relationshipType"]),
        ProcedureSignature(
            name: "dbms.components", arguments: [], results: ["name", "versions", "edition"]),
    ]
}
