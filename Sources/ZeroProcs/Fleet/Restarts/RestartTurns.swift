public import Resources

/// Which machines of a fleet restart into an update now: at most as many at once as their policy
/// says (design/05, update, step 5). It is one resource of the fleet's log, and is written against
/// the revision it was read at, so that of two machines that ask at once one asks again.
public struct RestartTurns: Hashable, Sendable {
    /// The leave of one machine to restart, until its new system is kept or given up.
    public struct Turn: Hashable, Sendable {
        /// Whose it is.
        public let machine: ResourceName
        /// The system it restarts into: the digest of its description.
        public let generation: String
        /// Since when it has it.
        public let since: WallTime
        /// True when the machine was drained for it and takes tasks again afterwards.
        public let drains: Bool

        /// A turn of `machine` to restart into `generation`.
        public init(
            of machine: ResourceName, into generation: String, since: WallTime, drains: Bool
        ) {
            self.machine = machine
            self.generation = generation
            self.since = since
            self.drains = drains
        }
    }

    /// A system that a machine of the fleet fell back from: no other machine restarts into it.
    public struct Failure: Hashable, Sendable {
        /// The system.
        public let generation: String
        /// Who fell back from it.
        public let machine: ResourceName
        /// Why.
        public let reason: String
    }

    /// What a machine that asks is told.
    public enum Answer: Hashable, Sendable {
        /// It has a turn.
        case taken
        /// Not now, and why.
        case wait(String)
        /// Not at all, and why.
        case refused(String)
    }

    /// How a turn ended.
    public enum Outcome: Hashable, Sendable {
        /// The system that runs is good.
        case kept
        /// The machine fell back from that system.
        case fellBack(String, reason: String)
    }

    /// Who restarts now, in the order of their turns.
    public private(set) var turns: [Turn] = []
    /// What machines fell back from, the latest last.
    public private(set) var failures: [Failure] = []

    /// Nobody restarts.
    public init() {}

    /// Gives a turn to a machine, or says why it has to wait. Turns of machines that are no longer
    /// in the fleet count no more.
    public mutating func ask(
        _ turn: Turn, atOnce: Int, isMember: (ResourceName) -> Bool
    ) -> Answer {
        if let failure = failures.first(where: { $0.generation == turn.generation }) {
            return .refused(
                "\(failure.machine) fell back from system \(turn.generation): \(failure.reason); "
                    + "delete restarts/fleet to try it on others all the same")
        }
        if turns.contains(where: { $0.machine == turn.machine }) { return .taken }
        turns.removeAll { !isMember($0.machine) }
        guard turns.count < atOnce else {
            let names = turns.map(\.machine.text).joined(separator: ", ")
            return .wait("\(turns.count) of \(atOnce) at once restart now: \(names)")
        }
        turns.append(turn)
        return .taken
    }

    /// Ends the turn of a machine; nil when it had none and nothing is to be noted.
    public mutating func end(_ machine: ResourceName, _ outcome: Outcome) -> Turn? {
        guard let index = turns.firstIndex(where: { $0.machine == machine }) else { return nil }
        let turn = turns.remove(at: index)
        switch outcome {
        case .kept: failures.removeAll { $0.generation == turn.generation }
        case .fellBack(let generation, let reason):
            failures.removeAll { $0.generation == generation }
            failures.append(Failure(generation: generation, machine: machine, reason: reason))
            failures.removeFirst(max(0, failures.count - Limits.restartFailures.value))
        }
        return turn
    }
}

extension RestartTurns {
    /// What a resource of type `restarts` says; what is not of the form is left out.
    public init(_ data: ValueMap) {
        turns = (data["turns"]?.list ?? []).compactMap { value in
            guard let map = value.map, let machine = Self.machine(map),
                let generation = Self.generation(map)
            else { return nil }
            return Turn(
                of: machine, into: generation,
                since: WallTime(milliseconds: map["since"]?.int ?? 0),
                drains: map["drains"] == true)
        }
        failures = (data["failures"]?.list ?? []).compactMap { value in
            guard let map = value.map, let machine = Self.machine(map),
                let generation = Self.generation(map)
            else { return nil }
            return Failure(
                generation: generation, machine: machine, reason: map["reason"]?.text ?? "")
        }
    }

    /// The fields of the resource.
    public var data: ValueMap {
        let turns = turns.map { turn in
            Value.map([
                "machine": .text(turn.machine.text),
                "generation": .text(turn.generation),
                "since": .int(turn.since.milliseconds), "drains": .bool(turn.drains),
            ])
        }
        let failures = failures.map { failure in
            Value.map([
                "machine": .text(failure.machine.text),
                "generation": .text(failure.generation),
                "reason": .text(failure.reason),
            ])
        }
        return ["turns": .list(turns), "failures": .list(failures)]
    }

    private static func machine(_ map: ValueMap) -> ResourceName? {
        map["machine"]?.text.flatMap { try? ResourceName($0) }
    }

    private static func generation(_ map: ValueMap) -> String? { map["generation"]?.text }
}
