internal import MMSGraph
internal import Resources
internal import Testing

/// The predicates that say when a resource of an application is healthy can be asked.
@Suite struct AppHealthTests {
    @Test(arguments: AppTypes.all.filter { $0.health != nil })
    func healthIsAPredicateOfTheType(_ type: TypeDefinition) throws {
        let text = try #require(type.health)
        _ = try Predicate(text, type: type)
    }
}
