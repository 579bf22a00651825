import Resources
import Testing

@testable import MMSConsole

@Suite struct CommandLineTests {
    @Test func aCommandLineIsReadAgainstTheTable() throws {
        let words = ["get", "process", "-n", "/machines/a", "--where=uid = 0", "-A", "-ojson"]
        let invocation = try Invocation(words)
        #expect(invocation.verb.operation == .list)
        #expect(invocation.positionals == ["process"])
        #expect(invocation["namespace"] == "/machines/a")
        #expect(invocation["where"] == "uid = 0")
        #expect(invocation.has("all"))
        #expect(invocation["output"] == "json")
    }

    @Test func theLongestVerbWins() throws {
        #expect(try Invocation(["log", "verify"]).verb.operation == .verify)
        #expect(try Invocation(["log", "--follow"]).verb.operation == .log)
    }

    @Test(arguments: [
        (["gte", "process"], "did you mean 'get'?"), (["get"], "needs TYPE"),
        (["get", "process", "--al"], "did you mean --all?"), (["get", "a", "b"], "unexpected"),
        (["get", "a", "--where"], "needs EXPR"), (["get", "a", "--all=1"], "takes no value"),
        (["get", "a", "-z"], "no option -z"),
    ]) func whatCannotBeReadSaysWhy(words: [String], reason: String) {
        let error = #expect(throws: UsageError.self) { try Invocation(words) }
        #expect(error?.message.contains(reason) == true, "\(String(describing: error))")
    }

    @Test func everyRouteIsReachedByItsOwnPath() {
        for verb in VerbTable.all {
            guard let route = verb.route else { continue }
            let path = route.path.map { $0.hasPrefix("{") ? "x" : $0 }
            let first = VerbTable.all.first { other in
                other.route?.method == route.method && other.route?.match(path) != nil
            }
            #expect(first?.route?.template == route.template, "\(route.template) is shadowed")
        }
    }

    @Test func theDocumentNamesEveryRoute() throws {
        let document = try JSONReader.decode(OpenAPI.document)
        let paths = try #require(document.map?["paths"]?.map)
        for verb in VerbTable.all {
            guard let route = verb.route else { continue }
            let operation = paths[route.template]?.map?[route.method.lowercased()]
            #expect(operation != nil, "\(route.method) \(route.template)")
        }
    }
}

@Suite struct RequestTests {
    @Test(arguments: [
        ("{\"commands\": []}", "must not be empty"), ("[]", "must be an object"),
        ("{\"commands\": [{}]}", "exactly one of"),
        ("{\"commands\": [{\"craete\": {}}]}", "create"),
        ("{\"command\": []}", "did you mean commands?"),
        ("{\"commands\": [{\"create\": {\"type\": \"a\"}}]}", "is missing"),
        ("{\"commands\": [{\"create\": {\"type\": \"A\", \"name\": \"b\"}}]}", "a-z"),
        ("{\"commands\": [{\"create\": {\"type\": \"a\", \"name\": \"b\\u0000\"}}]}", "control"),
        ("{\"commands\": [{\"delete\": {\"id\": \"1\"}}]}", "26 characters"),
        (
            "{\"commands\": [{\"create\": {\"type\": \"a\", \"name\": \"b\", \"cost\": {\"cpus\": 1}}}]}",
            "cpu, memory"
        ),
        ("{\"commands\": [{\"delete\": {}, \"delete\": {}}]}", "repeated"),
        ("{\"commands\": [1e999]}", "too large"),
    ]) func aRequestThatCannotBeReadNamesWhatIsWrong(body: String, words: String) {
        let error = #expect(throws: Refusal.self) { try CommandRequest(Array(body.utf8)) }
        #expect(error?.message.contains(words) == true, "\(String(describing: error?.message))")
    }

    @Test func targetsAreSplitAndDecoded() throws {
        let target = try #require(RequestTarget("/v1/resources/mount/%2Fproc?a=b+c&d=%41&flag"))
        #expect(target.path == ["v1", "resources", "mount", "/proc"])
        #expect(target.query.map(\.name) == ["a", "d", "flag"])
        #expect(target.query.map(\.value) == ["b c", "A", ""])
        for broken in ["", "http://x/", "/%4", "/%ff", "/%zz"] {
            #expect(RequestTarget(broken) == nil, "\(broken)")
        }
    }

    @Test(arguments: ["1d", "12h", "90m", "60s"]) func agesAreRead(text: String) {
        #expect(Age(text) != nil)
    }

    @Test(arguments: ["", "d", "0s", "-1h", "1", "1w", "99999999999999999999s"])
    func otherTextIsNoAge(text: String) { #expect(Age(text) == nil) }
}
