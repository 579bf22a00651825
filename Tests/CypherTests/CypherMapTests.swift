import Cypher
import Testing

@Suite struct CypherMapTests {
    /// Beyond a dozen pairs a map keeps an index; both forms must agree.
    @Test(arguments: [3, 12, 13, 40]) func keysStayInTheOrderOfTheirArrival(count: Int) {
        var map = CypherMap()
        for number in 0..<count { map["k\(number)"] = .integer(Int64(number)) }
        map["k1"] = .string("again")
        map["k0"] = nil
        #expect(map.keys == (1..<count).map { "k\($0)" })
        #expect(map.count == count - 1)
        #expect(map["k0"] == nil)
        guard case .string("again")? = map["k1"] else {
            Issue.record("k1 lost its value")
            return
        }
    }
}
