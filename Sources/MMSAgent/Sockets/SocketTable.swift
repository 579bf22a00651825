internal import Resources

/// The sockets of a network namespace and the names they are known by.
///
/// A socket keeps the name it was first seen under while its addresses stay: its addresses, or
/// these and its key when another socket has them already.
struct SocketTable: Sendable {
    private var names: [SocketRecord.Key: Held] = [:]
    private var holders: [String: SocketRecord.Key] = [:]

    private struct Held: Sendable {
        var base: String
        var name: String
    }

    /// What all sockets of this machine have in common.
    struct Setting: Sendable {
        var boot: String
        var namespace: UInt64
        var users: [UInt32: String]
    }

    init() {}

    /// The subjects of a whole table.
    mutating func seen(_ records: [SocketRecord], _ setting: Setting) -> [Seen] {
        hold(records)
        return records.map { seen($0, setting) }
    }

    /// The subject of a socket of the last table.
    func subject(_ record: SocketRecord) -> Observation.Subject {
        Observation.Subject(
            type: Kind.socket, name: subjectName(names[record.key]?.name ?? record.label))
    }

    private mutating func hold(_ records: [SocketRecord]) {
        let bases = Dictionary(
            records.map { ($0.key, $0.label) }, uniquingKeysWith: { first, _ in first })
        for (key, held) in names where bases[key] != held.base {
            names[key] = nil
            if holders[held.name] == key { holders[held.name] = nil }
        }
        for (key, base) in bases.filter({ names[$0.key] == nil }).sorted(by: { $0.key < $1.key }) {
            let name = holders[base] == nil ? base : "\(base)#\(key.text)"
            names[key] = Held(base: base, name: name)
            holders[name] = key
        }
    }

    private func seen(_ record: SocketRecord, _ setting: Setting) -> Seen {
        var data: ValueMap = [
            "protocol": .text(record.network.word), "family": .text(record.family.word),
            "state": .text(record.stateWord), "inode": .int(Int64(clamping: record.inode)),
            "namespace": .int(Int64(clamping: setting.namespace)),
        ]
        if case .cookie(let cookie) = record.key { data["cookie"] = .text(String(cookie)) }
        if !record.local.address.isEmpty {
            data["localAddress"] = .text(addressText(record.local.address))
            if record.network != .raw {
                let port = Value.int(Int64(record.local.port))
                data["localPort"] = port
                if record.isOpen, !record.isConnected { data["port"] = port }
            }
        }
        if record.isConnected {
            data["remoteAddress"] = .text(addressText(record.remote.address))
            data["remotePort"] = .int(Int64(record.remote.port))
        }
        if let path = record.path { data["path"] = .text(path) }
        if let kind = record.kind { data["kind"] = .text(kind) }
        if let number = record.number { data["number"] = .int(Int64(number)) }
        if record.device != 0 { data["interface"] = .int(Int64(record.device)) }
        if record.onlyIPv6 { data["onlyIPv6"] = true }
        var links = SortedMap<[Observation.Subject]>()
        if let user = record.user {
            data["uid"] = .int(Int64(user))
            if let name = setting.users[user] {
                links["USER"] = [
                    Observation.Subject(type: Kind.socketUser, name: subjectName(name))
                ]
            }
        }
        return Seen(
            subject: subject(record), identity: "\(setting.boot):\(record.key.text)", data: data,
            links: links)
    }
}

extension SocketRecord {
    /// True when the other end is set.
    var isConnected: Bool { remote.port != 0 || remote.address.contains { $0 != 0 } }

    /// What people call it: `tcp 0.0.0.0:80`, `tcp 10.0.0.1:80 → 10.0.0.2:5000`, `unix /run/x`.
    var label: String {
        switch network {
        case .unix: return "unix \(kind ?? "socket") \(path ?? "")"
        case .packet: return "packet \(number ?? 0) on \(device)"
        case .raw:
            let from = "raw \(host(local.address)) protocol \(number ?? 0)"
            return isConnected ? "\(from) → \(host(remote.address))" : from
        case .tcp, .udp, .udplite:
            let bound = device == 0 ? "" : "%\(device)"
            let from = "\(network.word) \(host(local.address))\(bound):\(local.port)"
            return isConnected ? "\(from) → \(host(remote.address)):\(remote.port)" : from
        }
    }

    private func host(_ address: [UInt8]) -> String {
        address.count == 16 ? "[\(addressText(address))]" : addressText(address)
    }
}
