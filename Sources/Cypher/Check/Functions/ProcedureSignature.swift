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

    /// Those that drivers and browsers ask for, and those that look at the machine when asked:
    /// what changes all the time, or is too much to be kept.
    package static let builtin = [
        ProcedureSignature(name: "db.labels", arguments: [], results: ["label"]),
        ProcedureSignature(name: "db.ping", arguments: [], results: ["success"]),
        ProcedureSignature(name: "db.propertyKeys", arguments: [], results: ["propertyKey"]),
        ProcedureSignature(
            name: "db.relationshipTypes", arguments: [], results: ["relationshipType"]),
        ProcedureSignature(
            name: "dbms.components", arguments: [], results: ["name", "versions", "edition"]),
        ProcedureSignature(name: "mms.live", arguments: [], results: ["name", "value", "unit"]),
        ProcedureSignature(
            name: "mms.process", arguments: ["pid"], results: ["name", "value", "unit"]),
        ProcedureSignature(
            name: "mms.maps", arguments: ["pid"],
            results: ["start", "end", "permissions", "offset", "device", "inode", "path"]),
        ProcedureSignature(name: "mms.file", arguments: ["path"], results: ["name", "value"]),
        ProcedureSignature(name: "mms.digest", arguments: ["path"], results: ["sha256"]),
        ProcedureSignature(name: "mms.packageFiles", arguments: ["package"], results: ["path"]),
    ]
}
