internal import Drivers
internal import Host
internal import Resources
internal import Testing

@Suite struct AppFileTests {
    private static let hello = """
        app: hello
        version: 1.0.0
        directory: ../bin
        components:
          web:
            run: {native: './hello --port $PORT "two words" "$TASK on ${PORT_HTTP}" $$x \\$y'}
            count: 2
            needs: {cpu: 0.5, memory: 64MiB}
            ports: {http: 18080, admin: 19000}
            env: {TITLE: a title}
          job:
            run: {host: sleep 10}
        """

    private func read(_ text: String) throws(AppError) -> [App] {
        try AppFile.read(Array(text.utf8), folder: "/srv/apps/hello")
    }

    @Test func readsAnAppAndExpandsItsTasks() throws {
        let app = try #require(try read(Self.hello).first)
        #expect(app.name == "hello" && app.version == "1.0.0")
        #expect(app.directory == "/srv/apps/bin")
        let tasks = try app.tasks()
        #expect(tasks.map(\.name) == ["hello-job-0", "hello-web-0", "hello-web-1"])
        #expect(tasks.map(\.device) == [.host, .oci, .oci])
        #expect(tasks[0].command == ["sleep", "10"])
        #expect(
            tasks[2].command == [
                "./hello", "--port", "18081", "two words", "hello-web-1 on 18081", "$x", "$y",
            ])
        #expect(tasks[2].ports == ["http": 18081, "admin": 19001])
        #expect(
            tasks[2].environment == [
                "TITLE": "a title", "TASK": "hello-web-1", "REPLICA": "1", "PORT": "18081",
                "PORT_HTTP": "18081", "PORT_ADMIN": "19001",
            ])
        let instance = tasks[2].instance(Identifier(high: 1, low: 2))
        #expect(instance.limits == .init(cpu: 0.5, memory: 64 << 20))
        #expect(tasks[0].instance(Identifier(high: 1, low: 3)).limits == .init())
    }

    @Test func theResourceOfAnAppIsTheApp() throws {
        let app = try #require(try read(Self.hello).first)
        #expect(try App(name: "hello", data: app.data) == app)
        for task in try app.tasks() {
            #expect(App.Task(name: task.name, data: task.data) == task)
        }
        #expect(App.Task(name: "x", data: [:]) == nil)
    }

    @Test func readsSeveralApps() throws {
        let text = """
            app: one
            version: "1.0"
            components: {a: {run: {host: "true"}}}
            ---
            app: two
            version: "1.0"
            components: {a: {run: {host: "true"}}}
            """
        #expect(try read(text).map(\.name) == ["one", "two"])
    }

    @Test func theAppOfTheRepositoryIsRight() throws {
        let folder = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        let file = try LinuxFiles().read("/\(folder)/Apps/hello/app.yaml", atMost: 65_536)
        let bytes = try #require(file)
        let apps = try AppFile.read(bytes, folder: "/\(folder)/Apps/hello")
        let tasks = try #require(apps.first).tasks()
        #expect(tasks.map(\.name) == ["hello-web-0", "hello-web-1"])
        #expect(tasks.map { $0.ports["http"] } == [18080, 18081])
        #expect(tasks.allSatisfy { $0.device == .oci })
        #expect(tasks[0].directory == "/\(folder)/.build/apps/hello")
    }

    /// A line of the file replaced, the place of the error, words of it.
    static let refusals: [(line: String, by: String, place: String, words: String)] = [
        ("app: hello", "app: Hello", "1:1", "`Hello` is no name"),
        ("app: hello", "nme: hello", "1:1", "unknown key `nme`"),
        ("app: hello", "", "2:1", "`app` is missing"),
        ("version: 1.0.0", "version: 1.0", "2:1", "quote it"),
        ("version: 1.0.0", "verion: 1.0.0", "2:1", "did you mean `version`?"),
        ("directory: ../bin", "directory: 7", "3:1", "a text was expected"),
        ("    count: 2", "    count: 0", "7:5", "1 to 10000"),
        ("    count: 2", "    count: two", "7:5", "1 to 10000"),
        ("    count: 2", "    cuont: 2", "7:5", "did you mean `count`?"),
        ("    count: 2", "    count: yes", "7:12", "quote it"),
        ("    count: 2", "    run: {host: x}", "7:5", "twice"),
        ("    needs: {cpu: 0.5, memory: 64MiB}", "    needs: {memory: 64MB}", "8:13", "64MiB"),
        ("    needs: {cpu: 0.5, memory: 64MiB}", "    needs: {memory: 9999999TiB}", "8:13", "KiB"),
        ("    needs: {cpu: 0.5, memory: 64MiB}", "    needs: {cpu: 0}", "8:13", "cores"),
        ("    needs: {cpu: 0.5, memory: 64MiB}", "    needs: {disk: 1}", "8:13", "unknown key"),
        ("    needs: {cpu: 0.5, memory: 64MiB}", "    needs: []", "8:5", "a map was expected"),
        ("    ports: {http: 18080, admin: 19000}", "    ports: {http: 65535}", "9:13", "65534"),
        (
            "    ports: {http: 18080, admin: 19000}", "    ports: {http: 80, admin: 81}", "9:23",
            "overlap with those of web.http"
        ),
        ("    env: {TITLE: a title}", "    env: {TITLE: 7}", "10:11", "quote it"),
        ("    env: {TITLE: a title}", "    env: {1X: x}", "10:11", "name of a variable"),
        ("    run: {host: sleep 10}", "    run: {wasm: x}", "12:11", "unknown key `wasm`"),
        ("    run: {host: sleep 10}", "    run: {}", "12:5", "0 ways to run"),
        ("    run: {host: sleep 10}", "    run: {host: a, native: b}", "12:5", "2 ways to run"),
        ("    run: {host: sleep 10}", "    run: {host: echo $PROT}", "12:5", "no variable $PROT"),
        ("    run: {host: sleep 10}", "    run: {host: \"echo 'x\"}", "12:5", "is not closed"),
        ("    run: {host: sleep 10}", "    run: {host: \"\"}", "12:5", "names no program"),
        ("    run: {host: sleep 10}", "    count: 1", "11:3", "`run` is missing"),
    ]

    @Test(arguments: refusals)
    func refuses(line: String, by other: String, place: String, words: String) {
        let lines = Self.hello.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.contains { $0 == line }, "\(line) is in the file")
        let text = lines.map { $0 == line ? other : String($0) }.joined(separator: "\n")
        do throws(AppError) {
            let apps = try read(text)
            Issue.record("took \(apps)")
        } catch {
            #expect("\(error.line ?? 0):\(error.column ?? 0)" == place, "\(error)")
            #expect(error.description.contains(words), "\(error)")
        }
    }

    @Test func aHugeIntegerIsRefusedNotTrapped() {
        for text in ["-9223372036854775808", "9223372036854775807", "4294967296"] {
            let file = Self.hello.replacing("count: 2", with: "count: \(text)")
            do throws(AppError) {
                _ = try read(file)
                Issue.record("took \(text)")
            } catch { #expect(error.path == ["components", "web", "count"]) }
        }
    }
}
