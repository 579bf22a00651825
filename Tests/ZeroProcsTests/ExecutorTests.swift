import Resources
import Testing
import ZeroProcs

@Suite struct ExecutorTests {
    let web: Executor.Assigned
    let life = Identifier(high: 1, low: 1)

    init() throws {
        web = Executor.Assigned(
            task: Identifier(high: 0, low: 1), name: try ResourceName("web-0"), data: [:],
            revision: Position(5))
    }

    func record(_ state: String, revision: UInt64 = 5) -> Executor.Record {
        Executor.Record(name: web.name, life: life, revision: Position(revision), state: state)
    }

    func steps(
        _ assigned: [Executor.Assigned], _ records: [Executor.Record],
        _ observed: Executor.Observed?, obeys: Bool = true, mayStart: Bool = true
    ) -> [String] {
        Executor().steps(
            assigned: assigned, records: records,
            observed: observed.map { [life: $0] } ?? [:], obeys: obeys, mayStart: { _ in mayStart }
        ).map { step in
            switch step {
            case .start: "start"
            case .stop: "stop"
            case .refresh(_, _, let signal, _): "signal \(signal)"
            case .record(_, .running, _): "adopt"
            case .record(_, .ended, _): "note end"
            case .forget: "forget"
            }
        }
    }

    /// `web` with configs as of a revision.
    func web(inputs: UInt64, _ onChange: Executor.OnChange = .restart) -> Executor.Assigned {
        var task = web
        task.inputs = Position(inputs)
        task.onChange = onChange
        return task
    }

    @Test func aChangedConfigRestartsOrSignals() {
        #expect(steps([web(inputs: 9)], [record("running")], .running(pid: 7)) == ["stop"])
        let told = web(inputs: 9, .signal("HUP"))
        #expect(steps([told], [record("running")], .running(pid: 7)) == ["signal HUP"])
        #expect(steps([told], [record("running")], .running(pid: 7), obeys: false) == [])
        var given = record("running")
        given.inputs = Position(9)
        #expect(steps([told], [given], .running(pid: 7)) == [])
    }

    @Test func whatHasEndedStartsAsItsPolicySays() {
        func ended(_ restart: Executor.Restart, exit: String) -> [String] {
            var task = web
            task.restart = restart
            var record = record("ended")
            record.exit = exit
            return steps([task], [record], .ended(status: exit))
        }
        #expect(ended(.always, exit: "exit 0") == ["start"])
        #expect(ended(.onFailure, exit: "exit 0") == [])
        #expect(ended(.onFailure, exit: "signal 9") == ["start"])
        #expect(ended(.never, exit: "exit 1") == [])
        #expect(ended(.scheduled, exit: "exit 1") == ["start"])
    }

    @Test func whoseHealthFailsIsStoppedWhenItStartsAgain() {
        var failing = record("running")
        failing.unhealthy = "cannot connect"
        func steps(_ restart: Executor.Restart, obeys: Bool = true) -> [Executor.Step] {
            var task = web
            task.restart = restart
            return Executor().steps(
                assigned: [task], records: [failing], observed: [life: .running(pid: 7)],
                obeys: obeys, mayStart: { _ in true })
        }
        let stop = Executor.Step.stop(
            name: web.name, life: life, isFailure: true,
            reason: "its health check failed: cannot connect")
        #expect(steps(.always) == [stop])
        #expect(steps(.onFailure) == [stop])
        #expect(steps(.never) == [])
        #expect(steps(.always, obeys: false) == [])
        failing.state = "stopping"
        #expect(steps(.always) == [])
    }

    @Test func whoWasStoppedForItsHealthFailedHoweverItLeft() {
        var task = web
        task.restart = .onFailure
        var record = record("ended")
        record.exit = "exit 0"
        record.unhealthy = "cannot connect"
        let ended = Executor.Observed.ended(status: "exit 0")
        #expect(steps([task], [record], ended) == ["start"])
        #expect(steps([task], [record], ended, mayStart: false) == [])
    }

    @Test func whatEndedForAChangeStartsAgainWhateverItsPolicy() {
        var task = web(inputs: 9)
        task.restart = .never
        #expect(steps([task], [record("ended")], .ended(status: "exit 0")) == ["start"])
    }

    @Test func whatIsAssignedStartsOnce() {
        #expect(steps([web], [], nil) == ["start"])
        #expect(steps([web], [record("running")], .running(pid: 7)) == [])
        #expect(steps([web], [], nil, mayStart: false) == [])
    }

    @Test func aStartCutShortIsAdoptedOrDoneAgain() {
        #expect(steps([web], [record("starting")], .running(pid: 7)) == ["adopt"])
        #expect(steps([web], [record("starting")], nil) == ["start"])
    }

    @Test func whatEndedStartsAgainWhenItMay() {
        let ended = Executor.Observed.ended(status: "signal 9")
        #expect(steps([web], [record("running")], ended) == ["note end"])
        #expect(steps([web], [record("ended")], ended) == ["start"])
        #expect(steps([web], [record("ended")], ended, mayStart: false) == [])
    }

    @Test func aChangedTaskIsStoppedAndStartedAnew() {
        let old = record("running", revision: 4)
        #expect(steps([web], [old], .running(pid: 7)) == ["stop"])
        #expect(steps([web], [record("stopping", revision: 4)], .running(pid: 7)) == [])
    }

    @Test func whatIsNotAssignedStopsAndIsForgotten() {
        #expect(steps([], [record("running")], .running(pid: 7)) == ["stop"])
        #expect(steps([], [record("stopping")], .running(pid: 7)) == [])
        #expect(steps([], [record("stopping")], .ended(status: "exit 0")) == ["forget"])
    }

    @Test func missingOrOlderDesiredStateStopsNothing() {
        #expect(steps([], [record("running")], .running(pid: 7), obeys: false) == [])
        let old = record("running", revision: 4)
        #expect(steps([web], [old], .running(pid: 7), obeys: false) == [])
    }
}
