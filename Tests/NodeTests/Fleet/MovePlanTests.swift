import Log
import Resources
import Testing

@Suite struct MovePlanTests {
    private static let (a, b) = (FleetWorld.name("a"), FleetWorld.name("b"))

    private static func scene(
        _ wanted: LogRest?, pointer: String?, _ active: MoveScene.Active?, seeded: Bool = false
    ) -> MoveScene {
        MoveScene(
            wanted: wanted, machine: a, pointer: pointer, active: active, isSeeded: seeded)
    }

    @Test(
        arguments: [
            (Self.scene(nil, pointer: nil, .file(Self.a, sealed: false)), MoveStep.rest),
            (Self.scene(nil, pointer: "x", .shared(sealed: false)), .rest),
            (Self.scene(nil, pointer: "x", .shared(sealed: true)), .share),
            (Self.scene(.cluster("x"), pointer: nil, .file(Self.a, sealed: false)), .seed("x")),
            (
                Self.scene(.cluster("x"), pointer: nil, .file(Self.a, sealed: false), seeded: true),
                .point("x")
            ),
            (Self.scene(.cluster("x"), pointer: "x", .file(Self.a, sealed: false)), .share),
            (Self.scene(.cluster("x"), pointer: "x", .file(Self.a, sealed: true)), .share),
            (Self.scene(.cluster("x"), pointer: "x", .shared(sealed: false)), .rest),
            (Self.scene(.cluster("x"), pointer: "x", .shared(sealed: true)), .share),
            (Self.scene(.file(Self.a), pointer: nil, .file(Self.a, sealed: false)), .rest),
            (Self.scene(.file(Self.a), pointer: "x", .shared(sealed: false)), .keep),
            (Self.scene(.file(Self.a), pointer: "x", .shared(sealed: true)), .keep),
            (Self.scene(.file(Self.a), pointer: "x", .file(Self.a, sealed: true)), .keep),
            (Self.scene(.file(Self.a), pointer: "x", .file(Self.a, sealed: false)), .comeHome),
        ] as [(MoveScene, MoveStep)])
    func theNextStepIsWhatLiesBetweenWhatIsWantedAndWhatIs(scene: MoveScene, step: MoveStep) {
        #expect(MoveStep.next(scene) == step)
    }

    @Test(arguments: [
        Self.scene(.cluster("x"), pointer: "x", nil),
        Self.scene(.cluster("x"), pointer: "y", .shared(sealed: false)),
        Self.scene(.cluster("x"), pointer: "x", .file(Self.b, sealed: false)),
        Self.scene(.file(Self.b), pointer: "x", .shared(sealed: false)),
        Self.scene(.file(Self.a), pointer: "x", nil),
    ])
    func whatOthersMustDoIsWaitedFor(scene: MoveScene) {
        guard case .wait(let reason) = MoveStep.next(scene) else {
            Issue.record("it acts: \(MoveStep.next(scene))")
            return
        }
        #expect(!reason.isEmpty)
    }
}
