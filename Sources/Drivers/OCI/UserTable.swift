internal import Host
internal import Resources

/// The users and groups of a root folder, read without leaving it.
struct UserTable {
    /// Who a program runs as.
    struct User: Hashable {
        var user: UInt32
        var group: UInt32
        var others: [UInt32] = []
        var home = "/"
    }

    /// Bytes of the tables that are looked at.
    private static let limit = 1 << 20
    private let users: [[Substring]]
    private let groups: [[Substring]]

    init(_ tree: FolderTree) throws(ProcessError) {
        func rows(_ path: [String]) throws(ProcessError) -> [[Substring]] {
            let bytes = try tree.read(path, atMost: Self.limit) ?? []
            return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map {
                $0.split(separator: ":", omittingEmptySubsequences: false)
            }
        }
        users = try rows(["etc", "passwd"]).filter { $0.count >= 6 }
        groups = try rows(["etc", "group"]).filter { $0.count >= 4 }
    }

    /// The user of `user`, `uid`, `user:group` or `uid:gid`; empty is root. Nil for a name that
    /// the tables do not have.
    func user(_ text: String) -> User? {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let name = parts.first ?? ""
        var found: User
        if let row = users.first(where: { $0[0] == name || $0[2] == name || name.isEmpty }) {
            guard let user = UInt32(row[2]), let group = UInt32(row[3]) else { return nil }
            found = User(user: user, group: group, home: String(row[5]))
            found.others = others(of: row[0], except: group)
        } else {
            guard let number = name.isEmpty ? 0 : UInt32(name) else { return nil }
            found = User(user: number, group: number == 0 ? 0 : number)
        }
        guard parts.count > 1, !parts[1].isEmpty else { return found }
        let row = groups.first { $0[0] == parts[1] }
        guard let group = row.map({ UInt32($0[2]) }) ?? UInt32(parts[1]) else { return nil }
        found.group = group
        found.others = []
        return found
    }

    private func others(of name: Substring, except group: UInt32) -> [UInt32] {
        let numbers = groups.compactMap { row -> UInt32? in
            row[3].split(separator: ",").contains(name) ? UInt32(row[2]) : nil
        }
        return Array(Set(numbers).subtracting([group])).sorted().prefix(64).map { $0 }
    }
}
