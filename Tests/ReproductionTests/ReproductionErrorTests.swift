import Testing

@testable import Reproduction

@Suite struct ReproductionErrorTests {
    @Test func anErrorNamesTheThingTheCauseAndTheRemedy() {
        let error = ReproductionError(
            .missing, operation: "read", subject: "a thing", cause: "it is away",
            remedy: "bring it")
        #expect(error.description == "cannot read a thing: it is away; bring it")
    }
}
