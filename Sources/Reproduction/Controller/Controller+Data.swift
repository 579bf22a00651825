public import Resources
internal import Trust

extension Controller {
    /// The fields of its resource of type `reproduction`, without times and bytes.
    public var data: ValueMap {
        var map: ValueMap = [
            "generation": .text(plan.generation.description), "sequence": .int(plan.sequence),
            "target": .text(plan.target), "kind": .text(plan.kind.rawValue),
            "state": .text(state.word), "tries": .int(Int64(plan.tries)),
        ]
        map["root"] = root.map { .text($0.description) }
        switch state {
        case .booting(let number), .selfTest(let number): map["try"] = .int(Int64(number))
        case .fellBack(let reason), .aborted(let reason): map["reason"] = .text(reason)
        case .described, .gathering, .verified, .constructing, .written, .readBack, .armed, .good,
            .exhausted:
            break
        }
        return map
    }

    /// Goes on with what the log has.
    public init(data: ValueMap) throws(ReproductionError) {
        guard let generation = data["generation"]?.text.flatMap({ ContentDigest($0) }),
            let sequence = data["sequence"]?.int, let target = data["target"]?.text,
            let kind = data["kind"]?.text.flatMap({ ReproductionTarget(rawValue: $0) }),
            let tries = data["tries"]?.int,
            let state = ReproductionState(
                data["state"]?.text ?? "", try: data["try"]?.int, reason: data["reason"]?.text)
        else {
            throw ReproductionError(
                .badForm, operation: "go on with", subject: "a reproduction",
                cause: "its resource lacks a field or has one of no meaning",
                remedy: "abort it and begin a new one")
        }
        self.init(
            Plan(
                generation: generation, sequence: sequence, kind: kind, target: target,
                tries: Int(clamping: tries)), state,
            root: data["root"]?.text.flatMap { ContentDigest($0) })
    }
}

extension ReproductionState {
    /// The state of a word, with what belongs to it.
    init?(_ word: String, try number: Int64?, reason: String?) {
        switch word {
        case "described": self = .described
        case "gathering": self = .gathering
        case "verified": self = .verified
        case "constructing": self = .constructing
        case "written": self = .written
        case "readBack": self = .readBack
        case "armed": self = .armed
        case "good": self = .good
        case "exhausted": self = .exhausted
        case "booting", "selfTest":
            guard let number, number >= 1 else { return nil }
            let tries = Int(clamping: number)
            self = word == "booting" ? .booting(try: tries) : .selfTest(try: tries)
        case "fellBack", "aborted":
            guard let reason else { return nil }
            self = word == "aborted" ? .aborted(reason: reason) : .fellBack(reason: reason)
        default: return nil
        }
    }
}
