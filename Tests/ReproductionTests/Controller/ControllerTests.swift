import Resources
import Testing
import Trust

@testable import Reproduction

@Suite struct ControllerTests {
    private static let root = ContentDigest(of: [1])
    private static let way: [Controller.Event] = [
        .began, .gathered, .began, .constructed(root), .wasRead(root), .armed, .restarts, .started,
        .passed,
    ]

    private func controller(
        _ kind: ReproductionTarget = .slot, tries: Int = 3, after count: Int = 0
    ) throws -> Controller {
        var controller = Controller(
            .init(
                generation: ContentDigest(of: [2]), sequence: 5, kind: kind, target: "slot b",
                tries: tries))
        for event in Self.way.prefix(count) { try controller.take(event) }
        return controller
    }

    @Test func anUpdateGoesThroughAllStates() throws {
        var controller = try controller()
        var (states, actions) = ([controller.state.word], [controller.action])
        for event in Self.way {
            actions.append(try controller.take(event))
            states.append(controller.state.word)
        }
        #expect(
            states == [
                "described", "gathering", "verified", "constructing", "written", "readBack",
                "armed", "booting", "selfTest", "good",
            ])
        #expect(
            actions == [
                .gather, .gather, .construct, .construct, .readBack(Self.root), .arm, .restart,
                .restart, .selfTest, .bless,
            ])
        #expect(controller.state.isEnd)
    }

    @Test(arguments: [ReproductionTarget.directory, .image, .device, .host])
    func aCopyIsGoodWhenItWasReadBack(kind: ReproductionTarget) throws {
        var controller = try controller(kind, after: 4)
        #expect(try controller.take(.wasRead(Self.root)) == .finished)
        #expect(controller.state == .good)
    }

    @Test func whatIsReadBackOtherwiseIsNotUsed() throws {
        var controller = try controller(after: 4)
        #expect(try controller.take(.wasRead(ContentDigest(of: [9]))) == .finished)
        #expect(controller.state.word == "aborted")
    }

    /// The log has the state before each effect: whoever reads it does the same effect again.
    @Test(arguments: 0...9) func itGoesOnFromTheLogAtEveryStep(count: Int) throws {
        let before = try controller(after: count)
        let after = try Controller(data: before.data)
        #expect(after == before)
        #expect(after.action == before.action)
        var (one, other) = (before, after)
        for event in Self.way.dropFirst(count) {
            #expect(try one.take(event) == other.take(event))
        }
        #expect(one == other)
    }

    @Test(arguments: [1, 3, 9]) func triesRunOut(tries: Int) throws {
        var controller = try controller(tries: tries, after: 7)
        for number in 1..<tries {
            #expect(controller.state == .booting(try: number))
            #expect(try controller.take(.missed) == .restart)
        }
        #expect(try controller.take(.missed) == .fallBack)
        #expect(controller.state == .exhausted)
        #expect(try controller.take(.ranOld(reason: "3 tries")) == .finished)
        #expect(controller.state == .fellBack(reason: "3 tries"))
    }

    @Test func aSystemThatDiesInItsTestLosesATry() throws {
        var controller = try controller(after: 8)
        #expect(controller.state == .selfTest(try: 1))
        #expect(try controller.take(.missed) == .restart)
        #expect(controller.state == .booting(try: 2))
    }

    @Test func aFailedTestFallsBack() throws {
        var controller = try controller(after: 8)
        #expect(try controller.take(.failed(reason: "no peers")) == .finished)
        #expect(controller.state == .fellBack(reason: "no peers"))
        #expect(controller.data["reason"] == "no peers")
    }

    @Test(arguments: 0...9) func itCanBeEndedBeforeTheLoaderKnowsIt(count: Int) throws {
        var controller = try controller(after: count)
        let refusal = Sample.refusal { try controller.take(.aborted(reason: "enough")) }
        #expect((refusal == nil) == (count <= 5))
        #expect((controller.state == .aborted(reason: "enough")) == (count <= 5))
    }

    /// Every state with every event: what is legal stands in the table, all else changes nothing.
    @Test func allElseIsRefusedAndChangesNothing() throws {
        let events =
            Self.way + [
                .missed, .failed(reason: "x"), .ranOld(reason: "x"), .aborted(reason: "x"),
            ]
        let legal: [String: Set<String>] = [
            "described": ["gathering", "aborted"],
            "gathering": ["gathering", "verified", "aborted"],
            "verified": ["constructing", "aborted"],
            "constructing": ["constructing", "written", "aborted"],
            "written": ["readBack", "aborted"], "readBack": ["armed", "aborted"],
            "armed": ["armed", "booting"], "booting": ["booting", "selfTest", "fellBack"],
            "selfTest": ["booting", "good", "fellBack"], "good": ["good"],
        ]
        for count in 0...9 {
            let before = try controller(after: count)
            var reached = Set<String>()
            for event in events {
                var controller = before
                if Sample.refusal({ try controller.take(event) }) == nil {
                    reached.insert(controller.state.word)
                } else {
                    #expect(controller == before)
                }
            }
            #expect(reached == legal[before.state.word], "\(before.state.word)")
        }
    }

    @Test func everyStateHasItsWord() throws {
        let states: [ReproductionState] = [
            .described, .gathering, .verified, .constructing, .written, .readBack, .armed,
            .booting(try: 2), .selfTest(try: 1), .good, .exhausted, .fellBack(reason: "a"),
            .aborted(reason: "b"),
        ]
        #expect(states.map(\.word) == ReproductionState.words)
        for state in states {
            var data = try controller().data
            data["state"] = .text(state.word)
            data["try"] = state.word == "booting" ? 2 : 1
            data["reason"] = state.word == "aborted" ? "b" : "a"
            #expect(try Controller(data: data).state == state)
        }
    }

    @Test(arguments: ["generation", "sequence", "target", "kind", "tries", "state"])
    func aRecordThatLacksAFieldIsRefused(field: String) throws {
        var data = try controller().data
        data[field] = nil
        #expect(Sample.refusal { _ = try Controller(data: data) }?.kind == .badForm)
        data[field] = .float(0.5)
        #expect(Sample.refusal { _ = try Controller(data: data) }?.kind == .badForm)
    }

    @Test(arguments: ["booting", "selfTest", "fellBack", "aborted", "other"])
    func aStateWithoutWhatBelongsToItIsRefused(word: String) throws {
        var data = try controller().data
        data["state"] = .text(word)
        #expect(Sample.refusal { _ = try Controller(data: data) }?.kind == .badForm)
    }

    @Test(arguments: ReproductionTypes.all)
    func aTypeIsWhatItsResourceSays(type: TypeDefinition) throws {
        #expect(try TypeDefinition(name: type.name, data: type.data) == type)
        #expect(type.fields.allSatisfy { $0.summary.hasSuffix(".") })
    }

    @Test func whatIsWrittenHasFields() throws {
        for count in 0...9 {
            for (key, _) in try controller(after: count).data.entries {
                #expect(ReproductionTypes.reproduction.field(key) != nil, "\(key)")
            }
        }
    }
}
