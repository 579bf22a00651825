public import Resources

/// A refused batch as it is kept for audit: who asked for what, and why it was not done. It holds
/// no value of the batch: where the words of the refusal repeat one, it is left out.
public struct RefusalRecord: Hashable, Sendable {
    /// When it was refused.
    public var at: WallTime
    /// Who asked.
    public var author: String
    /// The log it was for.
    public var log: Namespace
    /// What was refused: `create`, `update`, `delete`.
    public var verb: String
    /// The type, name and namespace of what it was about, as far as they are known.
    public var type: String?
    /// See `type`.
    public var name: String?
    /// See `type`.
    public var namespace: String?
    /// The commands of the batch; none of them was done.
    public var commands: Int
    /// Who refused it.
    public var filter: String
    /// The code of the refusal.
    public var code: String
    /// The reason in words.
    public var reason: String

    /// What is kept of the refusal of `batch`. `look` finds what a command is about that does not
    /// say so itself.
    init(
        _ refusal: Refusal, of batch: Batch, by author: Identity, in log: Namespace, at: WallTime,
        look: (Identifier) -> Draft?
    ) {
        self.at = at
        self.log = log
        self.author = author.text
        commands = batch.commands.count
        filter = refusal.filter
        code = refusal.code.rawValue
        // A batch that is refused as a whole is told by its first command.
        let index = refusal.command ?? 0
        let command = batch.commands.indices.contains(index) ? batch.commands[index] : nil
        verb = command?.verb ?? "none"
        var blank = Blanking()
        if let command {
            var draft = look(command.id)
            if case .create(let made) = command { draft = made }
            type = draft?.type.text
            name = draft.map { Self.shortened($0.name.text) }
            namespace = draft?.namespace.path
            blank.add(command)
        }
        reason = Self.shortened(blank.applied(to: refusal.reason))
    }

    private static func shortened(_ text: String) -> String {
        let most = Limits.refusalText.value
        return text.utf8.count <= most ? text : String(text.prefix(most / 4)) + "…"
    }
}

extension Command {
    fileprivate var verb: String {
        switch self {
        case .create: "create"
        case .update: "update"
        case .delete: "delete"
        }
    }
}

/// Takes the values of a command out of a text.
private struct Blanking {
    private var values: Set<String> = []
    private var isOverfull = false

    mutating func add(_ command: Command) {
        switch command {
        case .create(let draft):
            add(.map(draft.data))
            for (_, value) in draft.tags.entries { note(value) }
        case .update(let update):
            add(.map(update.data))
            for (_, value) in update.tags.entries { value.map { note($0) } }
        case .delete: break
        }
    }

    private mutating func add(_ value: Value) {
        if isOverfull { return }
        switch value {
        case .text(let text): note(text)
        case .int(let int): note("\(int)")
        case .float(let float): note("\(float)")
        case .list(let list): for value in list { add(value) }
        case .map(let map): for (_, value) in map.entries { add(value) }
        case .null, .bool, .bytes: break
        }
    }

    private mutating func note(_ text: String) {
        if values.count >= Limits.refusalValues.value { isOverfull = true }
        if !text.isEmpty, !isOverfull { values.insert(printable(text)) }
    }

    /// The text with "…" where a value stood as a word; nothing but that when there were too many
    /// values to look for.
    func applied(to text: String) -> String {
        if isOverfull { return "…" }
        var text = text
        // The longest first: a value may be a part of another one.
        for value in values.sorted(by: { ($0.utf8.count, $0) > ($1.utf8.count, $1) }) {
            text = Self.without(value, text)
        }
        return text
    }

    private static func without(_ value: String, _ text: String) -> String {
        let (bytes, wanted) = (Array(text.utf8), Array(value.utf8))
        guard bytes.count >= wanted.count else { return text }
        var kept: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let end = index + wanted.count
            if end <= bytes.count, bytes[index] == wanted[0],
                bytes[index..<end].elementsEqual(wanted),
                isEdge(bytes, index - 1) && isEdge(bytes, end)
            {
                kept += Array("…".utf8)
                index = end
            } else {
                kept.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: kept, as: UTF8.self)
    }

    /// True where no letter or digit stands: `1` is no part of `10`.
    private static func isEdge(_ bytes: [UInt8], _ index: Int) -> Bool {
        guard bytes.indices.contains(index) else { return true }
        switch bytes[index] {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            return false
        default: return true
        }
    }
}
