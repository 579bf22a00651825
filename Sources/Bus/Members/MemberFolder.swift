internal import Host
internal import Resources

/// The files of this machine's member, below the state folder (Docs/Formats/member.md):
/// `data` is etcd's own, `member` says whose data that is, `peers` where its cluster listed the
/// members last, `lives` is the ledger of its processes.
public struct MemberFolder: Sendable {
    /// The folder.
    public let path: String
    let files = LinuxFiles()

    /// The member's files below `path`, which need not be there.
    public init(_ path: String) { self.path = path }

    /// etcd's data.
    public var data: String { path + "/data" }
    /// The ledger of its processes.
    public var lives: String { path + "/lives" }
    private var record: String { path + "/member" }
    private var list: String { path + "/peers" }

    /// Makes the folders, which nobody else may look into, and gives them to `user`.
    func prepare(for user: UInt32?) throws(BusError) {
        try translating("prepare") { () throws(ProcessError) in
            try files.makeFolder(path, mode: 0o700)
            try files.makeFolder(data, mode: 0o700)
            for folder in [path, data] {
                try files.setMode(folder, 0o700)
                if let user { try files.give(folder, to: user) }
            }
        }
    }

    /// True when etcd has ever begun to write here.
    var hasData: Bool {
        get throws(BusError) {
            try translating("look at") { () throws(ProcessError) in
                !(try files.names(in: data + "/member/wal")).isEmpty
            }
        }
    }

    /// What the data is; nil when that was never written.
    func load() throws(BusError) -> MemberRecord? {
        let bytes = try translating("read") { () throws(ProcessError) in
            try files.read(record, atMost: 65_536)
        }
        guard let bytes else { return nil }
        // What is no record is named below.
        let map = (try? CBORReader.decode(bytes))?.map
        if let record = map.flatMap(MemberRecord.init) { return record }
        throw BusError(
            .malformed, operation: "read", subject: record, cause: "it is no record of a member",
            remedy: "remove the file when the member is to be added anew")
    }

    func save(_ record: MemberRecord) throws(BusError) {
        var writer = CBORWriter()
        writer.write(record.map)
        try translating("write") { () throws(ProcessError) in
            try files.replace(self.record, with: writer.bytes)
        }
    }

    /// Where the cluster listed its members last, by name; empty when that was never written.
    func listed() throws(BusError) -> [ResourceName: [String]] {
        let bytes = try translating("read") { () throws(ProcessError) in
            try files.read(list, atMost: 65_536)
        }
        // What is no list is written anew once the cluster has one.
        let map = bytes.flatMap { try? CBORReader.decode($0) }?.map ?? [:]
        var all: [ResourceName: [String]] = [:]
        for (name, addresses) in map.entries {
            guard let name = try? ResourceName(name) else { continue }
            all[name] = addresses.list?.compactMap(\.text)
        }
        return all
    }

    func save(listed: [ResourceName: [String]]) throws(BusError) {
        var map: ValueMap = [:]
        for (name, addresses) in listed { map[name.text] = .list(addresses.map(Value.text)) }
        var writer = CBORWriter()
        writer.write(map)
        try translating("write") { () throws(ProcessError) in
            try files.replace(list, with: writer.bytes)
        }
    }

    /// Puts the data of a removed member aside; the one before it goes for good.
    func discard() throws(BusError) {
        try translating("put aside") { () throws(ProcessError) in
            try files.remove(path + "/removed")
            if files.kind(data) != nil { try files.rename(data, to: path + "/removed") }
            try files.remove(record)
            try files.remove(list)
            try files.sync(folder: path)
        }
    }

    private func translating<Result>(
        _ operation: String, _ body: () throws(ProcessError) -> Result
    ) throws(BusError) -> Result {
        do throws(ProcessError) { return try body() } catch {
            throw BusError(
                .refused, operation: operation, subject: error.subject, cause: error.cause,
                remedy: "see that the state folder can be written and has room")
        }
    }
}

/// Whose data lies on the disk.
struct MemberRecord: Hashable {
    /// The member; nil until it has run for the first time.
    var id: UInt64?
    /// How it got into its cluster.
    var initial: MemberSettings.Initial
    /// What sets its cluster apart.
    var token: String

    init(id: UInt64?, initial: MemberSettings.Initial, token: String) {
        self.id = id
        self.initial = initial
        self.token = token
    }

    init?(_ map: ValueMap) {
        guard let state = map["state"]?.text, let cluster = map["cluster"]?.text,
            let token = map["token"]?.text
        else { return nil }
        // Identities of etcd use all 64 bits: written as text.
        id = map["id"]?.text.flatMap { UInt64($0, radix: 16) }
        initial = MemberSettings.Initial(state: state, cluster: cluster)
        self.token = token
    }

    var map: ValueMap {
        var map: ValueMap = [
            "state": .text(initial.state), "cluster": .text(initial.cluster),
            "token": .text(token),
        ]
        map["id"] = id.map { .text(String($0, radix: 16)) }
        return map
    }
}
