import Resources
import Testing

@testable import MMSConsole

/// Which machines a statement names, so that it is asked where their logs are.
@Suite struct NamedMachinesTests {
    @Test(arguments: [
        (#"MATCH (p:Process) RETURN p"#, []),
        (#"MATCH (p) WHERE p.namespace = '/machines/pi-2' RETURN p"#, ["pi-2"]),
        (#"MATCH (p) WHERE p.namespace STARTS WITH "/machines/pi-2/x" RETURN p"#, ["pi-2"]),
        (#"MATCH (p) WHERE p.namespace STARTS WITH '/machines/' RETURN p"#, []),
        (
            #"MATCH (p {namespace: '/machines/b'}), (q {namespace: '/machines/a'}), "#
                + #"(r {namespace: '/machines/b'}) RETURN p"#, ["b", "a"]
        ),
    ])
    func aTextNamesThem(text: String, names: [String]) throws {
        let json = text.replacing("\"", with: "\\\"")
        let request = try QueryRequest(Array("{\"query\": \"\(json)\"}".utf8))
        #expect(request.namedMachines.map(\.text) == names)
    }

    @Test func aParameterNamesThemToo() throws {
        let body =
            #"{"query": "MATCH (p) WHERE p.namespace = $n RETURN p", "#
            + #""parameters": {"n": "/machines/c", "k": 7}, "bookmark": "gA"}"#
        let request = try QueryRequest(Array(body.utf8))
        #expect(request.namedMachines.map(\.text) == ["c"])
        #expect(request.bookmark == "gA")
    }
}
