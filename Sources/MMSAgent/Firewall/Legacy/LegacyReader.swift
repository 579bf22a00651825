internal import Host
internal import Resources

/// What iptables-legacy holds in a network namespace.
struct LegacyReader {
    /// Why the rules of a table were not read, when they were not.
    private(set) var refusal: KernelError?
    /// Of all tables at the last look.
    private var digest: UInt64?

    private static let files = [("ip", "ip_tables_names"), ("ip6", "ip6_tables_names")]

    /// False where the kernel has none of it.
    static func isThere(_ kernel: any Kernel) -> Bool {
        files.contains { kernel.read("\(SocketFiles.folder)/\($0.1)") != nil }
    }

    /// The tables there are. Asking for another would make it.
    private static func tables(_ kernel: any Kernel) -> [(family: String, name: String)] {
        files.flatMap { family, file in
            let text = kernel.read("\(SocketFiles.folder)/\(file)") ?? []
            let names = Set(text.split(separator: 10).map { lossyText($0) })
            return names.sorted().map { (family: family, name: $0) }
        }
    }

    private static func bytes(
        _ table: (family: String, name: String), _ kernel: any Kernel
    ) -> Result<[UInt8], KernelError> {
        do throws(KernelError) {
            return .success(try kernel.packetTable(table.name, isSix: table.family == "ip6"))
        } catch {
            return .failure(error)
        }
    }

    /// A look whether anything differs from the last one.
    mutating func hasChanged(_ kernel: any Kernel) -> Bool {
        var all: [UInt8] = []
        for table in Self.tables(kernel) {
            all += "\(table.family) \(table.name)\n".utf8
            guard case .success(let bytes) = Self.bytes(table, kernel) else { continue }
            let one = LegacyTable.digest(bytes, isSix: table.family == "ip6") ?? 0
            all += (0..<8).map { UInt8(truncatingIfNeeded: one >> (8 * $0)) }
        }
        let before = digest
        digest = fingerprint(all)
        return before != digest
    }

    /// Tables, chains and rules.
    mutating func read(_ kernel: any Kernel) -> [Seen] {
        refusal = nil
        var seen: [Seen] = []
        for table in Self.tables(kernel) {
            let place = Place(
                namespace: kernel.networkNamespace(), family: table.family, table: table.name)
            seen.append(place.seen(Kind.legacyTable, [], [:]))
            switch Self.bytes(table, kernel) {
            case .failure(let error): refusal = error
            case .success(let bytes):
                guard let whole = LegacyTable(bytes, isSix: table.family == "ip6") else {
                    refusal = KernelError(
                        operation: "read \(table.family) \(table.name) of iptables-legacy",
                        cause: "the kernel's answer is not as it is described",
                        remedy: "report this kernel's version")
                    continue
                }
                for chain in whole.chains { seen += place.seen(chain) }
            }
        }
        return seen
    }

    /// A table of a namespace, for the names and identities of what is in it.
    private struct Place {
        var namespace: UInt64
        var family: String, table: String

        func subject(_ type: TypeName, _ parts: [String]) -> Observation.Subject {
            let name = ([family, table] + parts).joined(separator: " ")
            return Observation.Subject(type: type, name: subjectName(name))
        }

        func seen(_ type: TypeName, _ parts: [String], _ data: ValueMap) -> Seen {
            var data = data
            data["family"] = .text(family)
            data["table"] = .text(table)
            let path = [family, table] + parts
            return Seen(
                subject: subject(type, parts),
                identity: "\(namespace):legacy:" + path.joined(separator: ":"), data: data)
        }

        /// A chain and its rules. A rule has no number that stays: it goes by what it does, and
        /// by its turn among those of its chain that do the same.
        func seen(_ chain: LegacyTable.Chain) -> [Seen] {
            var turns: [UInt64: Int] = [:]
            var rules: [Seen] = []
            var names: [String] = []
            for rule in chain.rules {
                let turn = turns[rule.digest, default: 0] + 1
                turns[rule.digest] = turn
                let name = hexadecimal(rule.digest) + (turn == 1 ? "" : "#\(turn)")
                names.append(name)
                var data = rule.fields
                data["chain"] = .text(chain.name)
                data["rule"] = .text(rule.text)
                data["digest"] = .text(hexadecimal(rule.digest))
                var one = seen(Kind.legacyRule, [chain.name, name], data)
                one.links["IN"] = [subject(Kind.legacyChain, [chain.name])]
                if let jump = rule.jump {
                    one.links["JUMPS"] = [subject(Kind.legacyChain, [jump])]
                }
                rules.append(one)
            }
            var data: ValueMap = [
                "chain": .text(chain.name), "rules": .list(names.map { .text($0) }),
            ]
            data.set("policy", chain.policy)
            var one = seen(Kind.legacyChain, [chain.name], data)
            one.links["IN"] = [subject(Kind.legacyTable, [])]
            return [one] + rules
        }
    }
}
