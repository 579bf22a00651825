internal import Bus
internal import Host
internal import MMSGraph
public import Resources
internal import Synchronization
internal import ZeroProcs

/// Questions about what this machine does not have, and those of others about what it has.
extension FleetNode {
    /// Times that a client's own question may be passed on.
    public static var hops: Int { QuestionForm.hops }

    /// From now on `answer` answers what clients asked other machines.
    public func answerQuestions(_ answer: @escaping @Sendable (FleetQuestion) -> FleetAnswer) {
        asked.withLock { $0 = answer }
    }

    /// True when there are other machines.
    public var isOneOfSeveral: Bool {
        state.withLock { $0.standing != nil } && view?.members.contains { $0.name != name } ?? false
    }

    /// The other machines whose logs are not here.
    public var unknownMachines: [ResourceName] {
        (view?.members ?? []).map(\.name).filter { $0 != name && !mirrors.has($0) }
    }

    /// The machine that decides for the fleet; nil when that is this one, or nobody.
    public var decider: ResourceName? {
        // Who cannot read the pen is asked here, and refuses for what it cannot read.
        guard !decides, let pen = try? Pen(on: circle.graph.reader()) else { return nil }
        return pen.holder == name ? nil : pen.holder
    }

    /// Those that may have the logs of all machines, the one that decides first.
    public var knowing: [ResourceName] {
        // The pen says only in which order to ask.
        let holder = (try? Pen(on: circle.graph.reader()))??.holder
        let voters = (view?.members ?? []).filter { $0.role == .voter && $0.name != name }
            .map(\.name)
        return voters.filter { $0 == holder } + voters.filter { $0 != holder }
    }

    /// Asks one machine after the other until one answers. Refuses when none does, and says what
    /// each said; a machine that was asked and refuses has answered.
    public func ask(
        _ machines: [ResourceName], _ question: FleetQuestion, about subject: String
    ) throws(Refusal) -> FleetAnswer {
        var question = question
        guard question.hops > 0 else {
            throw elsewhere(subject, "the machine that was asked for it does not have it either")
        }
        question.hops -= 1
        let body = QuestionForm.encode(question)
        var causes: [String] = []
        var seen: Set<ResourceName> = [name]
        for machine in machines where seen.insert(machine).inserted {
            if causes.count >= Limits.askedMachines.value { break }
            let request = PeerRequest(
                path: QuestionForm.path, body: body, milliseconds: Limits.askPatience.value)
            do throws(BusError) {
                return try QuestionForm.answer(links.call(machine, request).body)
            } catch {
                causes.append("\(machine): \(error.cause)")
                if question.mayChange, error.kind == .unanswered { throw unknown(subject, error) }
            }
        }
        throw elsewhere(
            subject,
            causes.isEmpty
                ? "no other machine is known that has it"
                : "no machine that has it answers (\(causes.joined(separator: "; ")))")
    }

    private func unknown(_ subject: String, _ error: BusError) -> Refusal {
        Refusal(
            .unknownOutcome, filter: "fleet", subject: subject,
            reason: "\(error.description): it may or may not have been carried out",
            remedy: "look at what is there before asking again")
    }

    private func elsewhere(_ subject: String, _ reason: String) -> Refusal {
        Refusal(
            .unavailable, filter: "fleet", subject: subject,
            reason: "it is for another machine to answer, and \(reason)",
            remedy: "ask again when it can be reached; pisces node list shows who is heard")
    }

    /// Answers what a client asked another machine.
    func answerQuestion(_ body: [UInt8]) throws(BusError) -> [UInt8] {
        let question = try QuestionForm.question(body)
        guard let answer = asked.withLock({ $0 }) else {
            throw BusError(
                .unreachable, operation: "answer", subject: "a question of a client",
                cause: "this node does not serve yet", remedy: "ask another machine")
        }
        return QuestionForm.encode(answer(question))
    }
}
