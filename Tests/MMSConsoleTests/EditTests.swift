import Resources
import Testing

@testable import MMSConsole

@Suite struct EditTests {
    private let resource: ValueMap = [
        "id": "01J8Z6Q4Q4Q4Q4Q4Q4Q4Q4Q4Q4", "type": "app", "namespace": "/", "name": "a",
        "revision": 7, "owner": "01J8Z6Q4Q4Q4Q4Q4Q4Q4Q4Q4Q5", "tags": ["by": "hand"],
        "data": ["version": "1", "list": [1, 2.5, true, .null, "a: b"], "deep": ["x": [:]]],
    ]

    private func command(_ change: (String) -> String) throws -> ValueMap? {
        let page = EditPage(resource)
        return try page.command(of: Array(change(page.text).utf8))
    }

    @Test func aPageLeftAsItIsChangesNothing() throws {
        #expect(try command { $0 } == nil)
        #expect(try command { $0.replacing("by: hand", with: "\"by\":   'hand'") } == nil)
    }

    @Test func aChangeCarriesTheRevisionThatWasSeen() throws {
        let command = try #require(try command { $0.replacing("by: hand", with: "by: two") })
        #expect(command["expect"] == 7)
        #expect(command["id"] == resource["id"])
        #expect(command["owner"] == resource["owner"])
        #expect(command["replaces"] == true)
        #expect(command["tags"] == ["by": "two"])
        #expect(command["data"] == resource["data"])
        #expect(command["links"] == [:])
    }

    @Test func aPartThatIsLeftOutIsEmptied() throws {
        let command = try #require(try command { $0.replacing("tags:\n  by: hand\n", with: "") })
        #expect(command["tags"] == [:])
    }

    @Test(arguments: [
        ("name: a", "name: b", "name cannot be changed"),
        ("tags:", "tagz:", "did you mean tags?"), ("links: {}", "links: 3", "must be a map"),
        ("links: {}", "links: [", "line"), ("links: {}", "---", "one map"),
    ]) func whatCannotBeSentSaysWhy(old: String, new: String, reason: String) throws {
        let error = #expect(throws: ClientError.self) {
            try command { $0.replacing("\n" + old, with: "\n" + new) }
        }
        #expect(error?.message.contains(reason) == true, "\(String(describing: error))")
    }

    @Test(arguments: [
        ("name = 'x'", ["name"]), ("data.name = 'name'", []),
        ("not (id = a or type in (b))", ["id", "type"]),
        ("exists owner and owner = 'a'", ["owner"]), ("tag.name = 'x'", []), ("name =", []),
    ]) func commonWordsOfAPredicateAreFound(text: String, words: [String]) {
        #expect(CommonWords(of: text).words == words)
    }

    @Test func listsOfMapsAreTables() throws {
        let fields: Value = [
            ["name": "pid", "kind": "int", "summary": "Its number."],
            ["name": "user", "indexed": true, "summary": "Who."],
        ]
        #expect(
            Rendering.table(fields) == """
                NAME  INDEXED  KIND  SUMMARY
                pid   -        int   Its number.
                user  yes      -     Who.

                """)
        #expect(Rendering.table([1, 2]) == nil)
        #expect(Rendering.table(.list([])) == nil)
        #expect(Rendering.table([["a": 1], 2]) == nil)
    }
}
