internal import Drivers
internal import Host
internal import Resources
internal import Testing

/// `from`: the rules of Docs/app-file.md, each with what comes out.
@Suite struct AppBasesTests {
    private static let folder = "/srv/apps/guestbook"

    private static let base = """
        app: base
        version: '1'
        directory: programs
        components:
          web:
            run: {native: ./server}
            count: 3
            needs: {cpu: 0.5, memory: 64MiB}
            ports: {http: 8080}
            env: {TITLE: base, MODE: plain}
            health: {http: /healthz, every: 5s}
            place: {near: [db], require: {arch: arm64}}
          db: {run: {host: db}}
        """

    /// What the base is, what the file is, the canonical form.
    static let goldens: [(rule: String, bases: [String: String], file: String, whole: String)] = [
        (
            "maps merge key by key, scalars and lists of the later win",
            ["/srv/apps/base/app.yaml": base],
            """
            app: guestbook
            version: '2'
            from: [../base]
            components:
              web:
                count: 1
                needs: {cpu: 1}
                env: {TITLE: guests}
                place: {near: [web]}
            """,
            """
            version: 2
            directory: /srv/apps/base/programs
            components:
              db:
                run:
                  host: db
                count: 1
              web:
                env:
                  MODE: plain
                  TITLE: guests
                run:
                  native: ./server
                count: 1
                needs:
                  cpu: 1.0
                  memory: 67108864
                place:
                  near: ["web"]
                  require:
                    arch: arm64
                ports:
                  http: 8080
                health:
                  http: /healthz
                  port: http
                  every: 5000

            """
        ),
        (
            "keys that exclude each other replace each other",
            [
                folder + "/base.yaml": """
                app: x
                version: '1'
                components:
                  a: {run: {oci: image, command: go}, ports: {p: 1}, health: {http: /, port: p, every: 9s}}
                  b: {run: {native: b}, every: 1m}
                """
            ],
            """
            from: [base.yaml]
            components:
              a: {run: {native: ./a}, health: {tcp: p}}
              b: {cron: 0 4 * * *}
            """,
            """
            version: 1
            directory: /srv/apps/guestbook
            components:
              a:
                run:
                  native: ./a
                count: 1
                ports:
                  p: 1
                health:
                  tcp: p
                  every: 9000
              b:
                run:
                  native: b
                cron: 0 4 * * *
                count: 1

            """
        ),
        (
            "bases from left to right, the file last; a base has bases of its own",
            [
                folder + "/one.yaml": "from: [parts/zero.yaml]\nversion: one\ndescription: one",
                folder + "/two.yaml": "version: two\ncomponents: {c: {env: {B: two, C: two}}}",
                folder + "/parts/zero.yaml": """
                app: zero
                version: zero
                directory: ../bin
                components: {c: {run: {native: c}, env: {A: zero, B: zero, C: zero}}}
                """,
            ],
            "from: [one.yaml, two.yaml]\ncomponents: {c: {env: {C: file}}}",
            """
            version: two
            directory: /srv/apps/guestbook/bin
            components:
              c:
                env:
                  A: zero
                  B: two
                  C: file
                run:
                  native: c
                count: 1
            description: one

            """
        ),
    ]

    @Test(arguments: goldens)
    func merges(
        _ golden: (rule: String, bases: [String: String], file: String, whole: String)
    ) throws {
        let app = try #require(try Samples.read(golden.file, bases: golden.bases).first)
        #expect(Samples.lines(app.data) == golden.whole, "\(golden.rule)")
        #expect(try App(name: app.name, data: app.data) == app)
    }

    private static let start = "app: x\nversion: '1'\n"

    /// Bases, the file, the start of the message, words of it.
    static let refusals: [(bases: [String: String], file: String, start: String, words: String)] = [
        ([:], "from: []\n" + start, "1:1: from: ", "names no bases"),
        ([:], "from: base\n" + start, "1:1: from: ", "write a list"),
        ([:], "from: [7]\n" + start, "1:8: from.0: ", "is no path"),
        ([:], start + "from: [none.yaml]", "3:8: from.0: ", "there is no \(folder)/none.yaml"),
        (
            [folder + "/dir/other.yaml": ""], start + "from: [dir]", "3:8: from.0: ",
            "has no app.yaml"
        ),
        (
            [folder + "/a.yaml": "x: 1\n---\ny: 1"], start + "from: [a.yaml]",
            "\(folder)/a.yaml:1:1: ", "a base of 2 documents"
        ),
        (
            [folder + "/a.yaml": "x: [1"], start + "from: [a.yaml]", "\(folder)/a.yaml:",
            "look for a wrong indent"
        ),
        (
            [folder + "/a.yaml": "version: '1'\ncomponents: {c: {cuont: 1}}"],
            "app: x\nfrom: [a.yaml]", "\(folder)/a.yaml:2:18: components.c.cuont: ",
            "did you mean `count`?"
        ),
        (
            [folder + "/a.yaml": "components:\n  c: {run: {host: x}}"],
            start + "from: [a.yaml]\ncomponents: {c: {count: 0}}",
            "4:18: components.c.count: ", "1 to 10000"
        ),
        (
            [folder + "/a.yaml": "components:\n  c: {run: {host: echo $NONE}}"],
            start + "from: [a.yaml]\ncomponents: {c: {count: 2}}",
            "\(folder)/a.yaml:2:7: components.c.run: ", "no variable $NONE"
        ),
        (
            [folder + "/a.yaml": "components: {c: {env: {A: a}}}"],
            start + "from: [a.yaml]\ncomponents: {c: {env: b}}",
            "4:18: components.c.env: ", "a map can only be merged over a map"
        ),
        (
            [folder + "/a.yaml": "from: [b.yaml]", folder + "/b.yaml": "from: [a.yaml]"],
            start + "from: [a.yaml]", "\(folder)/b.yaml:1:8: from.0: ",
            "a circle: \(folder)/a.yaml → \(folder)/b.yaml → \(folder)/a.yaml"
        ),
        (
            [folder + "/app.yaml": ""], start + "from: [./app.yaml]", "3:8: from.0: ",
            "a circle: \(folder)/app.yaml → \(folder)/app.yaml"
        ),
    ]

    @Test(arguments: refusals)
    func refuses(
        _ refusal: (bases: [String: String], file: String, start: String, words: String)
    ) {
        do throws(AppError) {
            let apps = try Samples.read(refusal.file, bases: refusal.bases)
            Issue.record("took \(apps)")
        } catch {
            #expect(error.description.hasPrefix(refusal.start), "\(error)")
            #expect(error.description.contains(refusal.words), "\(error)")
        }
    }

    /// A chain of `count` bases; each file takes in the next `width` times.
    private func chain(_ count: Int, width: Int = 1) -> [String: String] {
        var bases: [String: String] = [:]
        for index in 0..<count {
            let next = Array(repeating: "b\(index + 1)", count: width).joined(separator: ", ")
            bases["\(Self.folder)/b\(index)"] = index == count - 1 ? "{}" : "from: [\(next)]"
        }
        bases["\(Self.folder)/b\(count - 1)"] = "components: {c: {run: {host: x}}}"
        return bases
    }

    @Test func chainsHaveALimit() throws {
        let file = Self.start + "from: [b0]"
        let most = Limits.appBaseDepth.value
        #expect(try Samples.read(file, bases: chain(most)).count == 1)
        let error = #expect(throws: AppError.self) {
            try Samples.read(file, bases: chain(most + 1))
        }
        #expect(error?.found.contains("one base too many") == true)
    }

    @Test func basesThatMultiplyHaveALimit() {
        let error = #expect(throws: AppError.self) {
            try Samples.read(Self.start + "from: [b0]", bases: chain(7, width: 2))
        }
        #expect(error?.found.contains("one base too many") == true)
    }

    @Test func aBaseMayBeTakenInTwice() throws {
        let bases = [
            "\(Self.folder)/a": "from: [c]", "\(Self.folder)/b": "from: [c]",
            "\(Self.folder)/c": "components: {c: {run: {host: x}}}",
        ]
        #expect(try Samples.read(Self.start + "from: [a, b]", bases: bases).count == 1)
    }

    @Test func basesAreReadFromTheMachine() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let files = LinuxFiles()
        for folder in ["app", "base"] { try files.makeFolder(scratch.path + "/" + folder) }
        let base = "version: '1'\ncomponents: {c: {run: {host: x}}}"
        try files.replace(scratch.path + "/base/app.yaml", with: Array(base.utf8))
        let text = Array("app: x\nfrom: [../base]".utf8)
        let app = try AppFile.read(text, folder: scratch.path + "/app").first
        #expect(app?.version == "1" && app?.directory == scratch.path + "/app")
        let missing = Array("app: x\nfrom: [../app]".utf8)
        #expect(throws: AppError.self) {
            try AppFile.read(missing, folder: scratch.path + "/app")
        }
    }
}
