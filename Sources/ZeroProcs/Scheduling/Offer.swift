public import Resources

/// What a machine offers to tasks.
public struct Offer: Hashable, Sendable {
    /// The resource of type `machine`.
    public var id: Identifier
    /// Its name.
    public var name: ResourceName
    /// Millionths of a core: whole numbers add up the same in any order.
    public var cpu: Int64
    /// Bytes of memory.
    public var memory: Int64
    /// Bytes of disk for tasks; nil when nobody says, and then it is not counted.
    public var storage: Int64?
    /// What rules speak of: its tags, and its fields as text where no tag has their name.
    public var labels = SortedMap<String>()
    /// What tasks may run on there; nil when nobody says, and then anything.
    public var devices: Set<String>?
    /// Whether it takes tasks, and keeps those it has.
    public var standing = Standing.active
    /// Ports of the automatic range that something listens on which no task was given.
    public var taken: Set<Int> = []
    /// Money an hour for all of it.
    public var money = 0.0

    /// A machine of so many cores and bytes.
    public init(
        id: Identifier, name: ResourceName, cores: Double, memory: Int64, storage: Int64? = nil
    ) {
        self.id = id
        self.name = name
        cpu = millionths(cores)
        self.memory = memory
        self.storage = storage
    }

    /// The machine as its sensor sees it, its name as `machine`: fields `cores`, `memory`, `storage`, `architecture` (or
    /// `arch`), `devices`, `draining`, any tag, and the money of its cost. Nil while it says
    /// neither cores nor memory.
    public init?(_ machine: Resource) {
        let data = machine.data
        guard let cores = data["cores"]?.number, let memory = data["memory"]?.number else {
            return nil
        }
        self.init(
            id: machine.id, name: machine.name, cores: cores, memory: bytes(memory),
            storage: (data["storage"]?.number).map(bytes))
        for (key, value) in data.entries { labels[key] = value.label }
        labels["machine"] = machine.name.text
        for (key, value) in machine.tags.entries { labels[key] = value }
        labels["arch"] = (labels["arch"] ?? labels["architecture"]).map(Self.architecture)
        devices = (data["devices"]?.list).map { Set($0.compactMap(\.text)) }
        isDraining = labels["draining"].map { $0 != "false" } ?? false
        money = max(0, machine.draft.cost.money)
    }

    /// The name this system has for an architecture that others call otherwise.
    static func architecture(_ name: String) -> String {
        switch name.lowercased() {
        case "aarch64", "arm64": "arm64"
        case "x86_64", "x86-64", "amd64", "x64": "x86-64"
        default: name.lowercased()
        }
    }

    /// True when the machine has the tag or field `key` with that value.
    func has(_ key: String, _ value: String) -> Bool {
        guard let label = labels[key] else { return false }
        return label == value || (key == "arch" && label == Self.architecture(value))
    }
}

/// Cores in whole millionths.
func millionths(_ cores: Double) -> Int64 { Int64((max(0, min(cores, 1e9)) * 1e6).rounded()) }

/// A number of bytes in bounds that sums of machines and tasks keep.
func bytes(_ number: Double) -> Int64 { Int64(max(0, min(number, 0x1p60)).rounded()) }

extension Value {
    /// The value as rules compare it; nil for what is no single value.
    fileprivate var label: String? {
        switch self {
        case .text(let text): text
        case .int(let int): String(int)
        case .bool(let bool): String(bool)
        case .float(let float): String(float)
        case .null, .bytes, .list, .map: nil
        }
    }
}
