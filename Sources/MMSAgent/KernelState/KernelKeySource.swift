internal import Host
internal import Resources

/// Keys the kernel keeps, without what they hold.
final class KernelKeySource: LevelSource {
    private(set) var contract = SensorContract(
        name: "kernel-keys", kinds: [Kind.kernelKey], mechanism: "reads /proc/keys at the sweep",
        why: "nothing announces keys without a watch on each",
        privilege: "CAP_SYS_ADMIN does not help: a key is shown to who may view it",
        fallback: "none needed",
        mayMiss: "keys that come and go between two sweeps, and those this user may not view")
    let sampled: [TypeName: SampledFields] = [Kind.kernelKey: .all]

    func open(_ kernel: any Kernel) -> [any KernelFeed] {
        if kernel.read("/proc/keys") == nil { contract.why = "this kernel has no /proc/keys" }
        return []
    }

    func read(_ kernel: any Kernel) -> Reading {
        let lines = (kernel.read("/proc/keys") ?? []).split(separator: 10)
        let users = userNames(kernel)
        return .whole(lines.compactMap { KeyRecord($0) }.map { seen($0, users) })
    }

    private func seen(_ key: KeyRecord, _ users: [UInt32: String]) -> Seen {
        var data: ValueMap = [
            "serial": .text(key.serial), "kind": .text(key.type), "uid": .int(Int64(key.user)),
            "permissions": .text(key.permissions), "description": .text(key.description),
            "flags": .text(key.flags), "expires": .bool(key.expires),
        ]
        data.set("gid", key.group)
        data.set("user", users[key.user])
        var one = Seen(
            subject: Observation.Subject(type: Kind.kernelKey, name: subjectName(key.serial)),
            identity: "key:\(key.serial):\(key.type):\(key.user)", data: data)
        if let user = users[key.user] {
            one.links["OWNED_BY"] = [
                Observation.Subject(type: Kind.owner, name: subjectName(user))
            ]
        }
        return one
    }
}

/// A line of `/proc/keys` (proc_keys(5)): serial, flags, uses, timeout, permissions, user, group,
/// type, description.
struct KeyRecord: Hashable, Sendable {
    var serial: String
    var flags: String
    var expires: Bool
    var permissions: String
    var user: UInt32
    var group: Int64?
    var type: String
    /// What it is called; how full a keyring is, or how long a payload, is left out.
    var description: String

    /// Reads a line; nil when it is cut short or malformed.
    init?(_ line: ArraySlice<UInt8>) {
        let fields = line.split(separator: 32, maxSplits: 8)
        guard fields.count == 9, let user = decimal(fields[5]).flatMap({ UInt32(exactly: $0) })
        else { return nil }
        serial = lossyText(fields[0])
        flags = lossyText(fields[1].filter { $0 != 0x2D })
        expires = !fields[3].elementsEqual("perm".utf8)
        permissions = lossyText(fields[4])
        self.user = user
        group = Int64(lossyText(fields[6])).flatMap { $0 < 0 ? nil : $0 }
        type = lossyText(fields[7])
        let text = lossyText(fields[8].drop { $0 == 32 })
        let colon = text.lastIndex(of: ":")
        description = colon.map { String(text[..<$0]) } ?? text
    }
}
