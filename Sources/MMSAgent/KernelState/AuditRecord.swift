internal import Resources

/// A record of the kernel's audit system: `audit(seconds.millis:serial): key=value …`.
struct AuditRecord: Hashable, Sendable {
    /// AUDIT_AVC and so on.
    var type: UInt16
    /// Milliseconds since 1970.
    var time: Int64
    var fields: [String: String]

    /// Reads one datagram of the multicast group; nil for what is no record of interest.
    ///
    /// The kernel writes the type into the header and a length that leaves the header out, so
    /// the datagram's own length counts.
    init?(_ datagram: RawSpan) {
        guard datagram.byteCount > 16, let type = datagram.load(4, as: UInt16.self),
            Self.names[type] != nil
        else { return nil }
        self.type = type
        let text = datagram.copy(16..<min(datagram.byteCount, 16 + 8192))
        guard let close = text.firstIndex(of: 0x29), text.starts(with: "audit(".utf8) else {
            return nil
        }
        let stamp = text[6..<close].split { $0 == 46 || $0 == 58 }
        guard stamp.count == 3, let seconds = decimal(stamp[0]), let part = decimal(stamp[1]),
            seconds < 1 << 40, part < 1000
        else { return nil }
        time = Int64(seconds) * 1000 + Int64(part)
        fields = Self.pairs(text[(close + 1)...])
    }

    /// What is reported, by its number, and the class it is of. Command lines, keystrokes and
    /// system calls are not.
    static let names: [UInt16: (name: String, group: String)] = [
        1006: ("LOGIN", "login"), 1100: ("USER_AUTH", "login"), 1101: ("USER_ACCT", "login"),
        1105: ("USER_START", "login"), 1106: ("USER_END", "login"),
        1112: ("USER_LOGIN", "login"), 1113: ("USER_LOGOUT", "login"),
        1102: ("USER_MGMT", "account"), 1108: ("USER_CHAUTHTOK", "account"),
        1109: ("USER_ERR", "account"), 1114: ("ADD_USER", "account"),
        1115: ("DEL_USER", "account"), 1116: ("ADD_GROUP", "account"),
        1117: ("DEL_GROUP", "account"), 1132: ("GRP_MGMT", "account"),
        1107: ("USER_AVC", "denial"), 1326: ("SECCOMP", "denial"), 1400: ("AVC", "denial"),
        1401: ("SELINUX_ERR", "denial"), 1420: ("LANDLOCK_ACCESS", "denial"),
        1423: ("LANDLOCK_ACCESS", "denial"), 1403: ("MAC_POLICY_LOAD", "policy"),
        1404: ("MAC_STATUS", "policy"), 1405: ("MAC_CONFIG_CHANGE", "policy"),
        1305: ("CONFIG_CHANGE", "policy"), 1701: ("ANOM_ABEND", "anomaly"),
        1700: ("ANOM_PROMISCUOUS", "anomaly"), 1702: ("ANOM_LINK", "anomaly"),
    ]

    var name: String { Self.names[type]?.name ?? "\(type)" }
    var group: String { Self.names[type]?.group ?? "other" }

    /// Pairs `key=value`, `key="value with spaces"`, and those within `msg='…'`; of two with a
    /// key the first stays.
    static func pairs(_ bytes: ArraySlice<UInt8>) -> [String: String] {
        var result: [String: String] = [:]
        var rest = bytes
        while let equals = rest.firstIndex(of: 61), result.count < 64 {
            let before = rest[..<equals]
            let start = before.lastIndex { $0 == 32 || $0 == 39 || $0 == 123 || $0 == 58 }
            let key = lossyText(before[(start.map { $0 + 1 } ?? before.startIndex)...])
            if before.contains(where: { $0 == 123 }) { addSet(before, &result) }
            rest = rest[(equals + 1)...]
            guard let quote = rest.first else { break }
            if quote == 39 {
                rest = rest.dropFirst()
                continue
            }
            let value: ArraySlice<UInt8>
            if quote == 34 {
                value = rest.dropFirst().prefix { $0 != 34 }
                rest = rest[min(value.endIndex + 1, rest.endIndex)...]
            } else {
                value = rest.prefix { $0 != 32 && $0 != 39 && $0 != 0 }
                rest = rest[value.endIndex...]
            }
            if !key.isEmpty, key.utf8.count < 32, result[key] == nil {
                result[key] = quote == 34 ? lossyText(value.prefix(512)) : plain(key, value)
            }
        }
        return result
    }

    /// `avc:  denied  { read write } for` of SELinux.
    private static func addSet(_ bytes: ArraySlice<UInt8>, _ result: inout [String: String]) {
        guard let open = bytes.firstIndex(of: 123), let close = bytes.firstIndex(of: 125),
            open < close
        else { return }
        result["permissions"] = SysctlSource.plain(bytes[(open + 1)..<close])
        let words = bytes[..<open].split(separator: 32)
        if let word = words.last, result["avc"] == nil { result["avc"] = lossyText(word) }
    }

    /// Names that hold spaces or come from users are written as hexadecimal digits.
    private static func plain(_ key: String, _ value: ArraySlice<UInt8>) -> String {
        let encoded: Set = ["comm", "exe", "acct", "name", "profile", "path"]
        guard encoded.contains(key), value.count.isMultiple(of: 2), value.count >= 2 else {
            return lossyText(value.prefix(512))
        }
        var bytes: [UInt8] = []
        var rest = value
        while let high = rest.popFirst(), let low = rest.popFirst() {
            guard let byte = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16) else {
                return lossyText(value.prefix(512))
            }
            bytes.append(byte)
        }
        return lossyText(bytes.prefix(512))
    }

    /// Whether what was tried was allowed; nil when the record does not say.
    var result: String? {
        if let said = fields["res"] ?? fields["result"] {
            return said == "success" || said == "1" ? "success" : "failed"
        }
        if fields["apparmor"] != nil { return fields["apparmor"]?.lowercased() }
        if let avc = fields["avc"] { return avc }
        return group == "denial" ? "denied" : nil
    }

    /// What kind of thing happened, without what differs each time.
    var key: String {
        let parts = [
            name, result, fields["acct"], fields["exe"] ?? fields["comm"],
            fields["op"] ?? fields["operation"],
            fields["profile"] ?? fields["scontext"], fields["tcontext"], fields["syscall"],
            fields["permissions"] ?? fields["denied_mask"], fields["addr"], fields["uid"],
        ]
        return parts.map { $0 ?? "" }.joined(separator: "|")
    }
}
