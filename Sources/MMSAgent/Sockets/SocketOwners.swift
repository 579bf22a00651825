internal import Host
internal import Resources

/// Which processes hold which sockets.
struct SocketOwners {
    /// The sockets that can be linked to, by inode.
    private var byInode: [UInt64: [SocketRecord]] = [:]
    /// Inodes of unix sockets that are no resources, with the open one at the other end.
    private var clients: [UInt64: SocketRecord] = [:]

    /// `all` are the sockets of the machine, `kept` those that are resources.
    init(_ all: [SocketRecord], kept: [SocketRecord]) {
        for record in kept where record.inode != 0 {
            byInode[record.inode, default: []].append(record)
        }
        var open: [String: SocketRecord] = [:]
        for record in kept where record.network == .unix {
            if let path = record.path { open[Self.place(record, path)] = record }
        }
        let unix = all.lazy.filter { $0.network == .unix }
        let paths = Dictionary(
            unix.compactMap { one in one.path.map { (one.inode, $0) } },
            uniquingKeysWith: { first, _ in first })
        for record in unix {
            // A client's peer is the socket that its server accepted, which has the name of the
            // one that listens.
            guard let peer = record.peer, record.path == nil || !record.isOpen,
                let path = paths[UInt64(peer)], let server = open[Self.place(record, path)],
                server.inode != record.inode, record.path != path
            else { continue }
            clients[record.inode] = server
        }
    }

    private static func place(_ record: SocketRecord, _ path: String) -> String {
        "\(record.kind ?? "") \(path)"
    }

    /// The links of each process to what it listens on and what it is connected to.
    func edges(_ reader: inout DescriptorReader, _ table: SocketTable) -> [Seen] {
        var all: [Seen] = []
        reader.eachProcess { process, descriptors in
            var listens: Set<Observation.Subject> = []
            var connects: Set<Observation.Subject> = []
            for one in descriptors {
                guard case .socket(let inode) = one.target else { continue }
                for record in byInode[inode] ?? [] {
                    if record.isOpen && !record.isConnected {
                        listens.insert(table.subject(record))
                    } else {
                        connects.insert(table.subject(record))
                    }
                }
                if let server = clients[inode] { connects.insert(table.subject(server)) }
            }
            var links = SortedMap<[Observation.Subject]>()
            if !listens.isEmpty { links["LISTENS"] = inOrder(listens) }
            if !connects.isEmpty { links["CONNECTS"] = inOrder(connects) }
            guard !listens.isEmpty || !connects.isEmpty else { return }
            all.append(Seen(edgesOf: process.subject, identity: process.identity, links))
        }
        return all
    }
}

/// Subjects by type and name, so that the same links are always the same value.
func inOrder(_ subjects: Set<Observation.Subject>) -> [Observation.Subject] {
    subjects.sorted { left, right in
        left.type == right.type ? left.name < right.name : left.type < right.type
    }
}
