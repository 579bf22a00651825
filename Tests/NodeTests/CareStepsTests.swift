import Resources
import Testing

@testable internal import Node

@Suite struct CareStepsTests {
    @Test func aStepThatFailsKeepsNoOtherFromBeingTaken() {
        var taken: [Int] = []
        let lost = NodeError("read", "the key", "it is not there")
        let failures = CareSteps.failures([
            { taken.append(1) },
            { throw lost },
            { taken.append(2) },
            { throw NodeError("ask", "etcd", "no answer") },
            { throw lost },
            { taken.append(3) },
        ])
        #expect(taken == [1, 2, 3])
        #expect(failures == "cannot read the key: it is not there; cannot ask etcd: no answer")
    }

    @Test func nothingIsSaidWhenAllWentWell() { #expect(CareSteps.failures([{}, {}]) == nil) }
}
