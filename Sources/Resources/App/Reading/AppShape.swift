/// A map of an app file as data: its keys and what each takes. The reader checks by it and the
/// JSON Schema is written from it, so that both know the same keys.
struct AppShape: Sendable {
    /// The keys, in the order people write them.
    var keys: [Key]
    /// Keys of which only one may stand.
    var choices: [Choice] = []

    /// One key.
    struct Key: Sendable {
        let name: String
        let kind: Kind
        let summary: String
        let isRequired: Bool

        init(_ name: String, _ kind: Kind, _ summary: String, required: Bool = false) {
            self.name = name
            self.kind = kind
            self.summary = summary
            isRequired = required
        }
    }

    /// Keys of which one may stand, or must.
    struct Choice: Sendable {
        /// The keys, each with the keys that only make sense beside it.
        let keys: [(name: String, beside: [String])]
        /// What it is a choice of: `ways to run`.
        let what: String
        let isRequired: Bool
    }

    /// What a key takes.
    indirect enum Kind: Sendable {
        case text(Form)
        case integer(ClosedRange<Int>)
        /// Above 0, of the unit.
        case number(most: Int, unit: String)
        case flag
        /// Bytes: a whole number, or a text with a binary unit.
        case size(ClosedRange<Int>)
        /// A text with a unit; whole milliseconds in a resource.
        case duration(ClosedRange<Int>)
        case oneOf([String])
        case list(Kind, most: Int)
        case map(Form, Kind, most: Int)
        case shape(AppShape)
        /// A port of all components, or `auto`.
        case port
        /// A port on 127.0.0.1, or a text with address and port.
        case listen
    }

    /// The key of that name.
    func key(_ name: String) -> Key? { keys.first { $0.name == name } }
}
