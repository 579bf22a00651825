internal import Drivers
internal import Resources
internal import Testing

/// All keys of an app file, read and refused.
@Suite struct AppKeysTests {
    @Test func readsEveryKey() throws {
        let app = try #require(try Samples.read(Samples.full).first)
        #expect(app.components.map(\.name) == ["db", "nightly", "plain", "tidy", "web"])
        #expect(app.summary == "guests write, guests read")
        let web = try #require(app.components.last)
        #expect(web.needs == .init(cpu: 0.2, memory: 64 << 20, storage: 1 << 30, processes: 64))
        #expect(web.ports == ["http": 8080, "admin": 0])
        #expect(web.shared == ["shared"])
        #expect(web.onChange == .signal(.hangup))
        let health = try #require(web.health)
        #expect(health.probe == .http(path: "/healthz", port: "admin"))
        #expect(health.every == 5000 && health.timeout == 1500 && health.grace == 60_000)
        #expect(health.failures == 4 && health.passes == 2)
        #expect(web.stop.signal == .interrupt && web.stop.grace == 3000)
        #expect(web.restart == .onFailure)
        #expect(web.place.spread == "zone" && web.place.near == ["db"])
        #expect(web.update.maxUnavailable == 2 && !web.update.autoRevert)
        #expect(web.update.deadline == 120_000)
        #expect(app.components[0].run == .image("postgres.oci", command: "postgres -p $PORT"))
        #expect(app.components[0].update.strategy == .blueGreen)
        #expect(app.components[1].schedule == .cron(try CronSchedule("0 4 * * mon-fri")))
        #expect(app.components[1].restart == .onFailure && app.components[3].restart == .never)
        #expect(app.components[3].schedule == .every(300_000))
        #expect(app.services.map(\.name) == ["guestbook", "sql"])
        #expect(app.services[0].listen == .init(address: "127.0.0.1", port: 8000))
        #expect(app.services[0].driver == .haproxy && app.services[1].protocol == .tcp)
        #expect(app.services[1].listen?.description == "[::1]:9000")
        #expect(app.volumes.map(\.size) == [1 << 30, 64 << 20])
        #expect(app.volumes.map(\.driver) == [.loop, .tmpfs])
        let backup = try #require(app.capabilities.first)
        #expect(backup.takes == ["label": .text, "dry-run": .bool] && backup.returns == .map)
    }

    @Test func theResourceIsTheApp() throws {
        var app = try #require(try Samples.read(Samples.full).first)
        app.bundle = [1]
        app.digest = [2]
        #expect(try App(name: app.name, data: app.data) == app)
        for component in app.components {
            #expect(try App.Component(name: component.name, spec: component.spec) == component)
        }
        for task in try app.tasks() {
            #expect(App.Task(name: task.name, data: task.data) == task, "\(task.name)")
        }
    }

    @Test func whatIsStandardIsNotWritten() throws {
        let spelt = """
            app: x
            version: '1'
            components:
              c:
                run: {native: c}
                count: 1
                needs: {}
                ports: {p: 80}
                restart: always
                on-change: restart
                health: {http: /, every: 2s, timeout: 1s, failures: 3, passes: 1, grace: 10s}
                stop: {signal: TERM, grace: 10s}
                place: {}
                update: {strategy: rolling, max-unavailable: 1, auto-revert: true, deadline: 60s}
            services: {s: {component: c, balance: round-robin, protocol: http, driver: builtin}}
            volumes: {}
            """
        let short = """
            app: x
            version: '1'
            components: {c: {run: {native: c}, ports: {p: 80}, health: {http: /, port: p}}}
            services: {s: {component: c, port: p}}
            """
        let (one, other) = (try Samples.read(spelt), try Samples.read(short))
        #expect(one == other)
        #expect(one.first?.canonicalBytes == other.first?.canonicalBytes)
    }

    @Test func theFolderIsNoPartOfTheIdentity() throws {
        var app = try #require(try Samples.read(Samples.full).first)
        let bytes = app.canonicalBytes
        app.directory = "/elsewhere"
        app.digest = [1]
        #expect(app.canonicalBytes == bytes)
        app.components[0].count += 1
        #expect(app.canonicalBytes != bytes)
    }

    /// A line of the sample replaced, the key the error is about, words of it.
    static let refusals: [(line: String, by: String, key: String, words: String)] = [
        ("version: 1.4.0", "version: 1 4", "version", "is no version"),
        ("description: guests", "description: ''", "description", "not empty"),
        ("    count: 2", "    every: 5", "components.web.every", "no duration"),
        ("    count: 2", "    every: 5d", "components.web.every", "ms, s, m or h"),
        ("    count: 2", "    every: 10ms", "components.web.every", "too short"),
        ("    count: 2", "    every: 99999999h", "components.web.every", "too long"),
        ("    count: 2", "    every: 1m", "components.web.update", "a job has no update"),
        ("    cron: 0  4", "    cron: 0 4 * *", "components.nightly.cron", "4 fields"),
        ("    cron: 0  4", "    cron: 0 24 * * *", "components.nightly.cron", "is no hour"),
        ("    cron: 0  4", "    cron: 0 0 30 2 *", "components.nightly.cron", "never comes"),
        ("    every: 5m", "    every: 5m\n    cron: 0 0 * * *", "components.tidy", "2 schedules"),
        ("    every: 5m", "    every: 5m\n    count: 2", "components.tidy.count", "once at a time"),
        ("    every: 5m", "    every: 5m\n    restart: always", "components.tidy.restart", "job"),
        (
            "    every: 5m", "    every: 5m\n    health: {command: x}", "components.tidy.health",
            "a job has no health"
        ),
        ("    needs:", "    needs: {cpu: 4097}", "components.web.needs.cpu", "up to 4096"),
        ("    needs:", "    needs: {memory: 64mb}", "components.web.needs.memory", "64MiB"),
        ("    needs:", "    needs: {memory: 65TiB}", "components.web.needs.memory", "too large"),
        ("    needs:", "    needs: {storage: -1}", "components.web.needs.storage", "KiB"),
        ("    needs:", "    needs: {processes: 0}", "components.web.needs.processes", "32768"),
        ("    ports: {http", "    ports: {http: 0}", "components.web.ports.http", "or auto"),
        ("    ports: {http", "    ports: {http: atuo}", "components.web.ports.http", "or auto"),
        ("    ports: {http", "    ports: {HTTP: 1}", "components.web.ports.HTTP", "is no name"),
        ("    ports: {sql", "    ports: {sql: 8081}", "components.web.ports.http", "of db.sql"),
        ("    ports: {sql", "    ports: {sql: 8079}", "components.web.ports.http", "of db.sql"),
        ("    ports: {sql", "    ports: {sql: 65535}", "components.db.ports.sql", "65534"),
        ("    ports: {sql", "    ports: {sql: 8000}", "services.guestbook.listen", "one of db.sql"),
        ("    ports: {sql", "    ports: {sql: 7999}", "services.guestbook.listen", "one of db.sql"),
        ("    volumes: {data", "    volumes: {dta: /x}", "components.web.volumes.dta", "`data`"),
        ("    volumes: {data", "    volumes: {data: x}", "components.web.volumes.data", "absolute"),
        ("    volumes: {data", "    volumes: {data: /a/../b}", "components.web.volumes.data", ".."),
        (
            "    volumes: {data", "    volumes: {data: /proc/x}", "components.web.volumes.data",
            "/sys"
        ),
        ("    volumes: {data", "    volumes: {data: /}", "components.web.volumes.data", "absolute"),
        ("    volumes: {data", "", "volumes.data", "no component mounts it"),
        (
            "    volumes: {data", "    volumes: {data: /run/key}",
            "components.web.secrets./run/key", "path of volumes.data too"
        ),
        (
            "    run: {host", "    run: {host: x}\n    volumes: {data: /x}",
            "components.plain.volumes.data", "no sandbox"
        ),
        ("    env: {TITLE", "    env: {PORT: x}", "components.web.env.PORT", "every replica"),
        (
            "    env: {TITLE", "    env: {PORT_ADMIN: x}", "components.web.env.PORT_ADMIN",
            "given to every replica"
        ),
        (
            "    env: {TITLE", "    env: {API_KEY: x}", "components.web.secrets.API_KEY",
            "in env too"
        ),
        (
            "    configs:", "    configs: {etc/x: z}", "components.web.configs.etc/x",
            "absolute path"
        ),
        ("    configs:", "    configs: {/etc/x: 7}", "components.web.configs./etc/x", "quote it"),
        (
            "    secrets:", "    secrets: {A-B: x}", "components.web.secrets.A-B",
            "name of a variable"
        ),
        (
            "    run: {native: ./server", "    run: {native: x $API_KEY}", "components.web.run",
            "a secret in a command"
        ),
        (
            "    on-change:", "    on-change: reload", "components.web.on-change",
            "restart, or signal"
        ),
        ("    health: {tcp", "    health: {tcp: sq}", "components.db.health.tcp", "`sql`?"),
        ("    health: {tcp", "    health: {tcp: 5432}", "components.db.health.tcp", "quote it"),
        ("    health: {tcp", "    health: {http: x}", "components.db.health.http", "/healthz"),
        ("    health: {tcp", "    health: {tcp: sql, http: /}", "components.db.health", "2 ways"),
        (
            "    health: {tcp", "    health: {tcp: sql, port: sql}", "components.db.health.port",
            "stands without `http`"
        ),
        (
            "    health: {tcp", "    health: {tcp: sql, every: 1s, timeout: 2s}",
            "components.db.health.timeout", "write at most 1s"
        ),
        (
            "    health: {command", "    health: {command: x $TSK}",
            "components.plain.health.command", "$TASK?"
        ),
        ("    health: {command", "    health: {http: /}", "components.plain.health", "`port`"),
        ("    stop:", "    stop: {signal: SIGTERM}", "components.web.stop.signal", "`TERM`?"),
        ("    stop:", "    stop: {grace: 11m}", "components.web.stop.grace", "to 10m"),
        (
            "    restart: on-failure", "    restart: sometimes", "components.web.restart",
            "on-failure"
        ),
        (
            "    update: {strategy: blue", "    update: {strategy: blue-gren}",
            "components.db.update.strategy", "`blue-green`?"
        ),
        (
            "    update: {strategy: blue",
            "    update: {strategy: blue-green, max-unavailable: 1}",
            "components.db.update.max-unavailable", "leave it out"
        ),
        (
            "    update: {strategy: rolling", "    update: {auto-revert: 1}",
            "components.web.update.auto-revert", "true or false"
        ),
        ("      apart:", "      apart: [webb]}", "components.web.place.apart.0", "`web`?"),
        ("      apart:", "      apart: [db]}", "components.web.place.near.0", "in apart too"),
        ("      apart:", "      apart: [web, web]}", "components.web.place.apart.1", "twice"),
        (
            "  guestbook: {component", "  guestbook: {component: webb,",
            "services.guestbook.component", "`web`?"
        ),
        (
            "  guestbook: {component", "  guestbook: {component: tidy, port: http,",
            "services.guestbook.port", "there is none"
        ),
        (
            "  guestbook: {component", "  guestbook: {component: web, port: htp,",
            "services.guestbook.port", "`http`?"
        ),
        (
            "  guestbook: {component", "  guestbook: {component: web,", "services.guestbook",
            "http, admin"
        ),
        (
            "  guestbook: {component", "  guestbook: {component: web, port: admin,",
            "services.guestbook", "say where to listen"
        ),
        (
            "  guestbook: {component", "  guestbook: {component: web, port: http, listen: 0,",
            "services.guestbook.listen", "ADDRESS:PORT"
        ),
        (
            "  guestbook: {component",
            "  guestbook: {component: web, port: http, listen: 'host:80',",
            "services.guestbook.listen", "ADDRESS:PORT"
        ),
        (
            "  guestbook: {component",
            "  guestbook: {component: web, port: http, listen: '0.0.0.0:9000',",
            "services.sql.listen", "taken by guestbook"
        ),
        (
            "  guestbook: {component", "  guestbook: {component: web, port: http, balance: least,",
            "services.guestbook.balance", "least-connections"
        ),
        ("  data: {size", "  data: {size: 65TiB}", "volumes.data.size", "too large"),
        ("  data: {size", "  data: {driver: loop}", "volumes.data", "`size` is missing"),
        (
            "  data: {size", "  data: {driver: loop, size: 1KiB}", "volumes.data.size",
            "1MiB or more"
        ),
        ("  data: {size", "  data: {driver: nfs}", "volumes.data.driver", "directory, loop, tmpfs"),
        ("  data: {size", "  data: {}\n  more: {}", "volumes.more", "no component mounts it"),
        (
            "  backup: {run", "  backup: {run: {native: x}, component: wob,",
            "capabilities.backup.component", "`web`?"
        ),
        (
            "  backup: {run", "  backup: {run: {native: x},", "capabilities.backup",
            "in whose sandbox"
        ),
        (
            "  backup: {run", "  backup: {run: {host: x}, component: web,",
            "capabilities.backup.run", "write native"
        ),
        (
            "  backup: {run", "  backup: {run: {oci: x}, component: web,",
            "capabilities.backup.run", "write native"
        ),
        (
            "  backup: {run", "  backup: {run: {native: x $ARG_LABL}, component: web,",
            "capabilities.backup.run", "$ARG_LABEL?"
        ),
        (
            "    takes: {label", "    takes: {label: txt}}", "capabilities.backup.takes.label",
            "`text`?"
        ),
    ]

    @Test(arguments: refusals)
    func refuses(_ refusal: (line: String, by: String, key: String, words: String)) throws {
        var lines = Samples.full.split(separator: "\n", omittingEmptySubsequences: false)
            .map(String.init)
        let index = try #require(
            lines.firstIndex { $0.hasPrefix(refusal.line) }, "\(refusal.line) is in the sample")
        // A line that goes on in the next is replaced with it.
        let open = lines[index].count { $0 == "{" } - lines[index].count { $0 == "}" }
        let isCut = refusal.by.count { $0 == "{" } == refusal.by.count { $0 == "}" }
        if open > 0, isCut { lines.remove(at: index + 1) }
        lines[index] = refusal.by
        do throws(AppError) {
            let apps = try Samples.read(lines.joined(separator: "\n"))
            Issue.record("took \(apps)")
        } catch {
            #expect(error.path.joined(separator: ".") == refusal.key, "\(error)")
            #expect(error.description.contains(refusal.words), "\(error)")
            #expect(error.line ?? 0 > 0)
        }
    }

    private func app(_ rest: String) -> String { "app: x\nversion: '1'\n" + rest }

    @Test func aVolumeOfAllHasNoNameOfAReplicasPart() {
        let text = app(
            """
            components: {c: {run: {native: c}, volumes: {data: /a, data-1: /b}}}
            volumes: {data: {}, data-1: {per: app}}
            """)
        let error = #expect(throws: AppError.self) { try Samples.read(text) }
        #expect(error?.path == ["volumes", "data-1"])
    }

    @Test func aJobHasNoService() {
        let text = app(
            """
            components: {c: {run: {native: c}, every: 1m, ports: {http: 80}}}
            services: {s: {component: c, port: http}}
            """)
        let error = #expect(throws: AppError.self) { try Samples.read(text) }
        #expect(error?.found.contains("is a job") == true)
    }

    @Test func replicasOfAllComponentsHaveALimit() {
        let text = app(
            "components: {a: {run: {host: x}, count: 9999}, b: {run: {host: x}, count: 2}}")
        let error = #expect(throws: AppError.self) { try Samples.read(text) }
        #expect(error?.found.contains("10001 replicas") == true)
    }

    @Test func mapsAndTextsHaveLimits() {
        let many = (0...Limits.componentPorts.value).map { "p\($0): \(1000 + $0 * 2)" }
        let long = String(repeating: "x", count: Limits.appText.value + 1)
        for (part, words) in [
            ("ports: {\(many.joined(separator: ", "))}", "the limit is 32"),
            ("env: {A: \(long)}", "write at most 16384"),
        ] {
            let text = app("components: {c: {run: {native: c}, \(part)}}")
            let error = #expect(throws: AppError.self) { try Samples.read(text) }
            #expect(error?.description.contains(words) == true, "\(error as Any)")
        }
    }

    @Test func aResourceHasNoBasesAndMilliseconds() throws {
        let run: Value = ["run": ["host": "x"], "stop": ["grace": 1500]]
        let data: ValueMap = ["version": "1", "components": ["c": run]]
        #expect(try App(name: "x", data: data).components.first?.stop.grace == 1500)
        var based = data
        based["from"] = ["y"]
        #expect(throws: AppError.self) { try App(name: "x", data: based) }
    }
}
