import Testing

@testable import Bus

@Suite struct BusErrorTests {
    @Test func anErrorNamesTheThingTheCauseAndTheRemedy() {
        let error = BusError(
            .unreachable, operation: "read", subject: "a thing", cause: "it is away",
            remedy: "bring it")
        #expect(error.description == "cannot read a thing: it is away; bring it")
    }
}
