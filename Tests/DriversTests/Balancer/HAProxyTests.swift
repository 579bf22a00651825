internal import Glibc
internal import Host
internal import Resources
internal import Synchronization
internal import Testing

@testable internal import Drivers

/// The driver of haproxy; what needs the program is skipped where it is not installed.
@Suite(.serialized) struct HAProxyTests {
    static let isInstalled = (try? ExecutablePath.find("haproxy", on: nil, in: nil)) != nil

    private func address(_ text: String) throws -> SocketAddress {
        try #require(SocketAddress(text))
    }

    @Test func aTableBecomesTheSameTextInAnyOrder() throws {
        var times = BalancerTable.Times()
        times.head = 1000
        times.idle = 2000
        times.connect = 3000
        times.answer = 4000
        times.still = 5000
        times.tunnelStill = 6000
        let web = BalancerTable.Service(
            name: "web", listen: try address("127.0.0.1:8000"), policy: .hash(.header("x-user")),
            backends: [
                .init(name: "web-1", address: try address("127.0.0.1:8081"), isReady: false),
                .init(name: "web-0", address: try address("[::1]:8080")),
            ], times: times)
        let data = BalancerTable.Service(
            name: "data", listen: try address("127.0.0.1:5432"), mode: .tcp,
            policy: .leastConnections, backends: [], times: times)
        let text = try HAProxyConfiguration.text(BalancerTable([web, data]), folder: "/run/x")
        #expect(text == Self.golden)
        #expect(
            try HAProxyConfiguration.text(BalancerTable([data, web]), folder: "/run/x") == text)
    }

    static let golden = """
        # Written by Pisces; changes are lost.
        global
            maxconn 4096
            stats socket /run/x/stats.sock mode 600 level admin expose-fd listeners
            hard-stop-after 30000ms
        defaults
            retries 3
            option redispatch 1

        frontend data
            bind 127.0.0.1:5432
            mode tcp
            maxconn 4096
            default_backend data
            timeout client 6000ms

        backend data
            mode tcp
            balance leastconn
            timeout connect 3000ms
            timeout server 6000ms

        frontend web
            bind 127.0.0.1:8000
            mode http
            maxconn 4096
            default_backend web
            option forwardfor
            http-request set-header X-Forwarded-Proto http
            timeout http-request 1000ms
            timeout http-keep-alive 2000ms
            timeout client 5000ms

        backend web
            mode http
            balance hdr(x-user)
            hash-type consistent
            timeout connect 3000ms
            timeout server 4000ms
            timeout tunnel 6000ms
            server web-0 [::1]:8080
            server web-1 127.0.0.1:8081 weight 0

        """

    @Test(arguments: ["a b", "", "a\nserver x", "a#b", "a'b", "\u{E9}"])
    func namesThatHaproxyCouldMisreadAreRefused(name: String) throws {
        let listen = try address("127.0.0.1:8000")
        let backend = BalancerTable.Backend(name: name, address: listen)
        for table in [
            BalancerTable([.init(name: name, listen: listen)]),
            BalancerTable([.init(name: "a", listen: listen, backends: [backend])]),
            BalancerTable([.init(name: "a", listen: listen, policy: .hash(.header(name + ")")))]),
        ] {
            do throws(DriverError) {
                _ = try HAProxyConfiguration.text(table, folder: "/run/x")
                Issue.record("wrote \(name)")
            } catch { #expect(error.kind == .unsupported) }
        }
    }

    @Test func itsWordsAreRead() {
        let said = """
            [NOTICE]   (28078) : haproxy version is 2.6.12
            [ALERT]    (28078) : config : parsing [/x.cfg:14] : unknown keyword 'bad'
            [ALERT]    (28078) : config : Fatal errors found in configuration.
            """
        #expect(
            HAProxy.alerts(said)
                == "config : parsing [/x.cfg:14] : unknown keyword 'bad'; "
                + "config : Fatal errors found in configuration.")
        let processes = """
            #<PID>          <type>          <reloads>       <uptime>        <version>
            27861           master          7 [failed: 2]   0d00h00m02s     2.6.12
            # workers
            27926           worker          0               0d00h00m01s     2.6.12
            # programs
            """
        let loads = HAProxy.Loads(processes)
        #expect(loads?.count == 7 && loads?.failed == 2 && loads?.hasWorker == true)
        #expect(HAProxy.Loads("nothing") == nil)
    }

    @Test func whatItDidIsReadByTheNamesOfItsColumns() throws {
        let text = """
            # pxname,svname,qcur,scur,stot,bin,bout,wretr,wredis,hrsp_1xx,hrsp_2xx,hrsp_5xx,\
            hrsp_other,req_tot,conn_tot,connect,
            web,FRONTEND,,2,40,1000,9000,,,0,90,4,1,95,41,,
            web,b0,0,1,60,700,8000,3,0,0,55,2,0,57,,58,
            web,BACKEND,0,1,60,700,8000,3,2,0,55,2,0,57,,58,
            data,FRONTEND,,7,8,1,2,,,,,,,,8,,

            """
        let services = HAProxy.statistics(text)
        #expect(services.keys == ["web", "data"])
        let web = try #require(services["web"])
        #expect(web.counts.requests == 95 && web.counts.connections == 41)
        #expect(web.counts.active == 2 && web.counts.retries == 5)
        #expect(web.counts.answers == [1, 0, 90, 0, 0, 4])
        #expect(web.backends["b0"]?.requests == 60 && web.backends["b0"]?.connections == 58)
        #expect(services["data"]?.counts.requests == 8)
        #expect(HAProxy.statistics("Unknown command").keys.isEmpty)
        #expect(HAProxy.statistics("").keys.isEmpty)
    }

    /// A port that is free now.
    private func freePort() throws -> SocketAddress {
        let listener = Socket.listen(on: try address("127.0.0.1:0"), backlog: 1)
        defer { Socket.close(listener) }
        return try address("127.0.0.1:\(Socket.port(of: listener))")
    }

    private func driver(_ folder: String) throws -> HAProxy {
        try HAProxy(folder: folder, clock: LinuxClock(), entropy: LinuxEntropy())
    }

    @Test(.enabled(if: isInstalled, "haproxy is not installed"))
    func theRealOneServesReloadsAndIsAdopted() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let backends = [try Backend.echo("one"), try Backend.echo("two")]
        let listen = try freePort()
        var service = BalancerTable.Service(
            name: "web", listen: listen,
            backends: [.init(name: "b0", address: try backends[0].address)])
        let first = try driver(scratch.path + "/h")
        try first.apply(BalancerTable([service]))
        let pid = try #require(first.pid)
        let (asked, failed, done) = (Counter(), Counter(), Counter())
        for _ in 0..<4 {
            try HostThread.start("test-client") {
                do {
                    while done.value.load(ordering: .relaxed) == 0 {
                        let wire = try Wire(to: listen.port)
                        try wire.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                        guard try wire.text().hasPrefix("HTTP/1.1 200") else { break }
                        asked.value.add(1, ordering: .relaxed)
                    }
                    if done.value.load(ordering: .relaxed) == 1 { return }
                } catch {}
                failed.value.add(1, ordering: .relaxed)
            }
        }
        // Another life of Pisces finds the same process and changes its table.
        let second = try driver(scratch.path + "/h")
        defer { #expect(throws: Never.self) { try second.stop() } }
        #expect(second.pid == pid)
        for round in 0..<4 {
            service.backends = [.init(name: "b1", address: try backends[1 - round % 2].address)]
            try second.apply(BalancerTable([service]))
            let name = round % 2 == 0 ? "two" : "one"
            let wire = try Wire(to: listen.port)
            try wire.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(try wire.text().contains("\r\n\r\n\(name)\n"))
        }
        #expect(second.pid == pid)
        let before = asked.value.load(ordering: .relaxed)
        #expect(eventually { asked.value.load(ordering: .relaxed) > before + 10 })
        let did = try #require(second.statistics()["web"])
        #expect(did.counts.requests >= 5 && did.counts.answers[2] >= 5)
        #expect(did.counts.bytesIn > 0 && did.counts.bytesOut > did.counts.answers[2])
        #expect(did.backends.keys == ["b1"])
        #expect(did.backends["b1"].map { $0.requests >= 5 } == true)
        done.value.store(1, ordering: .relaxed)
        #expect(failed.value.load(ordering: .relaxed) == 0)
        try second.apply(BalancerTable())
        #expect(second.pid == nil)
    }

    @Test(.enabled(if: isInstalled, "haproxy is not installed"))
    func theRealOneSaysWhatItRefuses() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let haproxy = try driver(scratch.path + "/h")
        do throws(DriverError) {
            try haproxy.check("global\n    nonsense 3\n")
            Issue.record("took nonsense")
        } catch { #expect(error.cause.contains("unknown keyword 'nonsense'")) }
        let taken = try Backend.echo("here")
        do throws(DriverError) {
            try haproxy.apply(
                BalancerTable([.init(name: "web", listen: try freeOf(taken))]))
            Issue.record("took a port twice")
        } catch { #expect(error.cause.contains("cannot bind") || error.cause.contains("in use")) }
        #expect(eventually { haproxy.pid == nil })
    }

    private func freeOf(_ backend: Backend) throws(DriverError) -> SocketAddress {
        guard let address = SocketAddress("127.0.0.1:\(backend.port)") else {
            throw DriverError(.failed, operation: "name", subject: "port", cause: "no address")
        }
        return address
    }
}
