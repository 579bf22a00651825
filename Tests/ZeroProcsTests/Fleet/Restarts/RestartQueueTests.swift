import Host
import MMSGraph
import Resources
import Testing
import ZeroProcs

/// What machines write to restart one after the other into an update.
@Suite struct RestartQueueTests {
    private let house: Gatehouse

    init() throws {
        house = try Gatehouse()
        try house.commit(
            try (ReproductionTypes.all + AppTypes.all).map { type in
                .create(
                    Draft(
                        id: house.ids.identifier(at: Gatehouse.noon), type: CoreTypes.type.name,
                        namespace: .root, name: try ResourceName(type.name.text), data: type.data))
            })
        try house.admit("pi-2", 2)
    }

    private func identify() -> Identifier { house.ids.identifier(at: Gatehouse.noon) }

    private func ask(_ name: String, into system: String = "new") throws -> RestartTurns.Answer {
        let step = try RestartQueue(of: try ResourceName(name)).ask(
            for: system, atOnce: 1, at: Gatehouse.noon, on: house.graph, identify: identify)
        if !step.commands.isEmpty { try house.commit(step.commands) }
        return step.answer
    }

    private func end(_ name: String, _ outcome: RestartTurns.Outcome = .kept) throws {
        let commands = try RestartQueue(of: try ResourceName(name)).end(
            outcome, on: house.graph, identify: identify)
        if !commands.isEmpty { try house.commit(commands) }
    }

    private func state(_ name: String) throws -> String? {
        try house.node(name).data["state"]?.text
    }

    @Test func aMachineWithATurnIsDrainedUntilItHasRestarted() throws {
        #expect(try ask("pi-1") == .taken)
        #expect(try state("pi-1") == "draining")
        #expect(try ask("pi-2") == .wait("1 of 1 at once restart now: pi-1"))
        #expect(try state("pi-2") == "active")
        try end("pi-1")
        #expect(try state("pi-1") == "active")
        #expect(try ask("pi-2") == .taken)
        #expect(try state("pi-2") == "draining")
    }

    @Test func whoHasATurnWritesNothingTwice() throws {
        #expect(try ask("pi-1") == .taken)
        let position = house.position
        #expect(try ask("pi-1") == .taken)
        try end("pi-2")
        #expect(house.position == position)
    }

    @Test func ofTwoThatAskOnOneStateOneIsRefused() throws {
        #expect(try ask("pi-1") == .taken)
        try end("pi-1")
        let steps = try ["pi-1", "pi-2"].map { name in
            try RestartQueue(of: try ResourceName(name)).ask(
                for: "new", atOnce: 1, at: Gatehouse.noon, on: house.graph, identify: identify)
        }
        #expect(steps.allSatisfy { $0.answer == .taken })
        try house.commit(steps[0].commands)
        #expect(throws: (any Error).self) { try house.commit(steps[1].commands) }
        #expect(try state("pi-2") == "active")
    }

    @Test func whatPeopleDrainedStaysDrained() throws {
        let name = try ResourceName("pi-1")
        try house.commit(try Membership().drain(name, on: house.graph))
        #expect(try ask("pi-1") == .taken)
        try end("pi-1")
        #expect(try state("pi-1") == "draining")
    }

    @Test func whoWasResumedByPeopleIsLeftAsItIs() throws {
        #expect(try ask("pi-1") == .taken)
        try house.commit(
            try Membership().resume(try ResourceName("pi-1"), on: house.graph))
        try end("pi-1")
        #expect(try state("pi-1") == "active")
        #expect(try ask("pi-2") == .taken)
    }

    @Test func aSystemThatFailedOnOneMachineIsRefusedToTheRest() throws {
        #expect(try ask("pi-1") == .taken)
        try end("pi-1", .fellBack("new", reason: "hello is not ready"))
        guard case .refused = try ask("pi-2") else {
            Issue.record("pi-2 restarts into what pi-1 fell back from")
            return
        }
        #expect(try state("pi-2") == "active")
        #expect(try ask("pi-2", into: "newer") == .taken)
    }

    @Test func onlyAFleetOfMoreThanOneTakesTurns() throws {
        let queue = RestartQueue(of: try ResourceName("pi-1"))
        #expect(try !queue.isAlone(on: house.graph))
        try house.commit(
            try Membership().remove(try ResourceName("pi-2"), on: house.graph))
        #expect(try queue.isAlone(on: house.graph))
    }

    @Test func aMachineIsEmptyWhenNoTaskIsAssignedToIt() throws {
        let queue = RestartQueue(of: try ResourceName("pi-1"))
        for machine in ["pi-2", "pi-1"] {
            #expect(try queue.isEmpty(on: house.graph))
            try house.commit([
                .create(
                    Draft(
                        id: identify(), type: AppTypes.assignment.name, namespace: .root,
                        name: try ResourceName("web-\(machine)"),
                        data: ["machine": .text(machine), "task": "web"])
                )
            ])
        }
        #expect(try !queue.isEmpty(on: house.graph))
    }

    /// A system on trial is not asked to run what left the machine before it restarted.
    @Test func whatIsOnAnotherMachineIsNotThisOnes() throws {
        let queue = RestartQueue(of: try ResourceName("pi-1"))
        // Of the two named `web` one is here.
        let given = [("web-1", "web", "pi-1"), ("web-2", "web", "pi-2"), ("book", "book", "pi-2")]
        for (name, task, machine) in given {
            try house.commit([
                .create(
                    Draft(
                        id: identify(), type: AppTypes.assignment.name, namespace: .root,
                        name: try ResourceName(name),
                        data: ["machine": .text(machine), "task": .text(task)]))
            ])
        }
        #expect(try queue.elsewhere(on: house.graph) == ["book"])
    }
}
