internal import Cypher
internal import Host
internal import MMSGraph
internal import Resources

/// Runs statements of the query language on the graph of a node.
struct LiveGraph: Sendable {
    let graph: Graph<RocksStore>
    /// The namespace of the machine that procedures look at.
    private let machine: Namespace
    private let clock = LinuxClock()
    private let entropy = LinuxEntropy()

    /// A statement under way on the live graph.
    typealias Run = Query<ResourceGraph<RocksStore>>

    init(_ graph: Graph<RocksStore>, machine: Namespace) {
        self.graph = graph
        self.machine = machine
    }

    /// Begins a statement on what `reader` sees in a namespace and below.
    func run(
        _ statement: Statement, _ parameters: CypherMap, on reader: CommittedReader<RocksStore>,
        within scope: Namespace, options: QueryOptions? = nil
    ) throws(CypherError) -> Run {
        var options = options ?? self.options
        let onDemand = OnDemand(scope: scope, machine: machine)
        options.look = { (lookup, argument) throws(CypherError) in
            try onDemand.look(lookup, argument)
        }
        return try ResourceGraph.query(
            statement, parameters: parameters, on: reader, within: scope, options: options)
    }

    /// What every statement may use, and what it is told of the world.
    var options: QueryOptions {
        let clock = clock
        return QueryOptions(
            clock: { clock.ticks }, now: clock.now, zone: Self.zone, seed: entropy.next())
    }

    /// The rules of a time zone, from the machine's copy of the tz database.
    private static let zone: @Sendable (String) -> [UInt8]? = { name in
        let isPlain = name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
            part in
            !part.isEmpty && part.first != "."
                && part.utf8.allSatisfy { byte in
                    switch byte {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"),
                        UInt8(ascii: "A")...UInt8(ascii: "Z"),
                        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"),
                        UInt8(ascii: "-"), UInt8(ascii: "+"):
                        true
                    default: false
                    }
                }
        }
        // No such file, no such zone: the statement says so.
        return isPlain ? try? LinuxFile.read("/usr/share/zoneinfo/" + name) : nil
    }
}

extension CypherError {
    /// The refusal clients of the API see.
    var refusal: Refusal {
        let code: Refusal.Code =
            switch kind {
            case .storeError: .unavailable
            case .limitExceeded: .tooMany
            case .readOnly: .forbidden
            default: phase == .compileTime ? .malformed : .invalidValue
            }
        let place = place.map { "\($0.line):\($0.column) " } ?? ""
        return Refusal(
            code, filter: "query", subject: "\(place)\(kind.rawValue).\(detail.rawValue)",
            reason: message)
    }
}
