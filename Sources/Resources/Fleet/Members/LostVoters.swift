/// The voters of a cluster that are not heard, where too few are left to write.
public struct LostVoters: Hashable, Sendable {
    /// Those that are not heard.
    public let silent: [ResourceName]
    /// How many vote.
    public let count: Int
    /// Where the log would be founded anew: the machine that says so when it votes, else another voter.
    private let place: String

    /// What `machine` knows that does not hear `silent` of `voters`; nil while more than half of
    /// them are left.
    public init?(voters: [ResourceName], silent: [ResourceName], machine: ResourceName) {
        let left = voters.filter { !silent.contains($0) }
        guard !silent.isEmpty, left.count <= voters.count / 2 else { return nil }
        self.silent = voters.filter(silent.contains).sorted()
        count = voters.count
        let names = left.sorted().map(\.text)
        place =
            left.contains(machine)
            ? machine.text
            : names.isEmpty ? "a machine that has a copy" : names.joined(separator: " or ")
    }

    /// How many must run.
    public var majority: Int { count / 2 + 1 }

    private var names: String { silent.map(\.text).joined(separator: ", ") }

    /// What is wrong.
    public var meaning: String {
        "\(silent.count) of \(count) voters are not heard (\(names)), and nothing is written "
            + "without \(majority)"
    }

    /// What a person can do.
    public var remedy: String {
        "start \(names) again, \(majority) of \(count) voters must run; when they are lost for good, "
            + "found the log anew on \(place): pisces node refound"
    }
}
