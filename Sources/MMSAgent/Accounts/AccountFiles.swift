internal import Resources

/// A line of `/etc/passwd` (passwd(5)).
struct PasswordLine: Hashable, Sendable {
    var name: String
    var uid: UInt32, gid: UInt32
    var description: String, home: String, shell: String

    /// Reads a file; what is no line of an account is left out.
    static func all(_ bytes: [UInt8]) -> [PasswordLine] {
        bytes.split(separator: 10).compactMap { line in
            let fields = line.split(separator: 58, omittingEmptySubsequences: false)
            guard fields.count == 7, let first = fields[0].first, !Self.isCompat(first),
                let uid = decimal(fields[2]).flatMap({ UInt32(exactly: $0) }),
                let gid = decimal(fields[3]).flatMap({ UInt32(exactly: $0) })
            else { return nil }
            return PasswordLine(
                name: lossyText(fields[0]), uid: uid, gid: gid,
                description: lossyText(fields[4]), home: lossyText(fields[5]),
                shell: lossyText(fields[6]))
        }
    }

    /// `+` and `-` take in or leave out a directory service's entries.
    static func isCompat(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "#")
    }
}

/// A line of `/etc/group` (group(5)).
struct GroupLine: Hashable, Sendable {
    var name: String
    var gid: UInt32
    var members: [String]

    /// Reads a file; what is no line of a group is left out.
    static func all(_ bytes: [UInt8]) -> [GroupLine] {
        bytes.split(separator: 10).compactMap { line in
            let fields = line.split(separator: 58, omittingEmptySubsequences: false)
            guard fields.count == 4, let first = fields[0].first,
                !PasswordLine.isCompat(first),
                let gid = decimal(fields[2]).flatMap({ UInt32(exactly: $0) })
            else { return nil }
            return GroupLine(
                name: lossyText(fields[0]), gid: gid,
                members: fields[3].split(separator: 44).map { lossyText($0) })
        }
    }
}

/// What a line of `/etc/shadow` (shadow(5)) says, without the hash.
struct ShadowLine: Hashable, Sendable {
    var name: String
    var password: State
    /// The method of the hash, by its prefix (crypt(5)).
    var method: String?
    /// Days since 1970.
    var changed: Int64?, expires: Int64?
    /// Days.
    var least: Int64?, most: Int64?, warn: Int64?, grace: Int64?

    /// What can be done with the password.
    enum State: String, Hashable, Sendable, CaseIterable {
        /// One can log in by it.
        case set
        /// There is one, and it is put out of use.
        case locked
        /// No password fits.
        case none
        /// None is asked for.
        case empty
    }

    /// Reads a file; hashes are looked at and not kept.
    static func all(_ bytes: [UInt8]) -> [ShadowLine] {
        bytes.split(separator: 10).compactMap { line in
            let fields = line.split(separator: 58, omittingEmptySubsequences: false)
            guard fields.count >= 8, !fields[0].isEmpty else { return nil }
            let days = { (index: Int) in decimal(fields[index]).flatMap { Int64(exactly: $0) } }
            let hash = fields[1].drop { $0 == UInt8(ascii: "!") }
            return ShadowLine(
                name: lossyText(fields[0]), password: state(fields[1]), method: method(hash),
                changed: days(2), expires: days(7), least: days(3), most: days(4), warn: days(5),
                grace: days(6))
        }
    }

    private static func state(_ field: ArraySlice<UInt8>) -> State {
        if field.isEmpty { return .empty }
        let hash = field.drop { $0 == UInt8(ascii: "!") }
        // A hash has more than 12 characters whatever its method (crypt(5)).
        guard hash.count > 12 else { return .none }
        return hash.count == field.count ? .set : .locked
    }

    private static func method(_ hash: ArraySlice<UInt8>) -> String? {
        guard hash.count > 12 else { return nil }
        let parts = hash.split(separator: UInt8(ascii: "$"), omittingEmptySubsequences: false)
        guard parts.count > 2, parts[0].isEmpty else { return "des" }
        return switch lossyText(parts[1]) {
        case "1": "md5"
        case "2a", "2b", "2x", "2y": "bcrypt"
        case "5": "sha256"
        case "6": "sha512"
        case "7": "scrypt"
        case "y": "yescrypt"
        case "gy": "gost-yescrypt"
        default: "other"
        }
    }
}
