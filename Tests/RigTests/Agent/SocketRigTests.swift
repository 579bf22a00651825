import CHost
import Glibc
import Host
import Resources
import Synchronization
import Testing

@testable import MMSAgent

/// Sockets against `ss`, in a network namespace where nobody else opens any. The programs that
/// open them are Python's, as those of the tests of the query language.
@Suite(.serialized) struct SocketRigTests {
    private func inNamespace(
        bufferBytes: Int = Limits.sensorBuffer.value,
        _ body: (Picture, SensorGroup, String) throws -> Void
    ) throws {
        let picture = Picture()
        let entered = Mutex("")
        let group = try SensorGroup(
            [
                {
                    let thread = chost_leave_network()
                    let path = "/proc/\(getpid())/task/\(thread)/ns/net"
                    entered.withLock { $0 = thread > 0 ? path : "refused" }
                    return LevelSensor(
                        SocketSource(bufferBytes: bufferBytes), on: LinuxKernel())
                }
            ], sweepInterval: nil
        ) { picture.take($0) }
        try group.start()
        defer { group.stop() }
        #expect(picture.reaches { $0.openGaps["sockets"] == 0 })
        let path = entered.withLock { $0 }
        #expect(path != "refused", "needs CAP_SYS_ADMIN")
        _ = shell("nsenter --net=\(path) ip link set lo up")
        try body(picture, group, "nsenter --net=\(path)")
    }

    private func sweep(_ group: SensorGroup) -> SensorStatistics? {
        let before = group.reports.first?.statistics.sweeps ?? 0
        group.sweep()
        for _ in 0..<4000 {
            if let report = group.reports.first, report.statistics.sweeps > before {
                return report.statistics
            }
            usleep(5000)
        }
        Issue.record("no sweep: \(group.reports)")
        return nil
    }

    /// `protocol state local remote` of each socket, as `ss` says it.
    private func truth(_ enter: String) -> [String] {
        shell("\(enter) ss -H -tuan").split(separator: "\n").compactMap { line -> String? in
            let words = line.split(separator: " ")
            guard words.count >= 6, words[1] != "TIME-WAIT" else { return nil }
            let names = [
                "LISTEN": "listen", "ESTAB": "established", "UNCONN": "unconnected",
                "CLOSE-WAIT": "close-wait", "FIN-WAIT-2": "fin-wait-2",
            ]
            let state = names[String(words[1])] ?? String(words[1])
            // `*` is an IPv6 socket that takes IPv4 too.
            let ends = words[4...5].map { end in
                end.hasPrefix("*:") ? "[::]" + end.dropFirst() : String(end)
            }
            return "\(words[0]) \(state) \(ends[0]) \(ends[1].replacing("*", with: "0"))"
        }.sorted()
    }

    private func seen(_ picture: Picture) -> [String] {
        picture.all("socket").values.compactMap { one -> String? in
            let text = { (key: String) in one.data[key]?.text ?? "" }
            guard ["tcp", "udp"].contains(text("protocol")) else { return nil }
            let isLong = text("family") == "ipv6"
            let end = { (address: String, port: Int64?) in
                (isLong ? "[\(address)]" : address) + ":\(port ?? 0)"
            }
            let local = end(text("localAddress"), one.data["localPort"]?.int)
            let any = isLong ? "::" : "0.0.0.0"
            let remote = end(
                one.data["remoteAddress"]?.text ?? any, one.data["remotePort"]?.int)
            return "\(text("protocol")) \(text("state")) \(local) \(remote)"
        }.sorted()
    }

    /// Opens sockets of each kind, writes its number, closes some when told to.
    private static let opener = """
        import socket,sys,os,time
        def wait(name):
            for _ in range(3000):
                if os.path.exists(sys.argv[1]+name) or not os.path.isdir(sys.argv[1]): return
                time.sleep(0.02)
        a=socket.socket(); a.bind(("127.0.0.1",7001)); a.listen()
        b=socket.socket(socket.AF_INET6); b.bind(("::",7002)); b.listen()
        u=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); u.bind(("0.0.0.0",7003))
        x=[]
        for _ in range(2):
            s=socket.socket(); s.setsockopt(socket.SOL_SOCKET,socket.SO_REUSEPORT,1)
            s.bind(("127.0.0.1",7004)); s.listen(); x.append(s)
        n=socket.socket(socket.AF_UNIX); n.bind(sys.argv[1]+"/a b"); n.listen()
        m=socket.socket(socket.AF_UNIX); m.bind("\\0name"); m.listen()
        c=socket.create_connection(("127.0.0.1",7001)); d,_=a.accept()
        e=socket.socket(socket.AF_UNIX); e.connect(sys.argv[1]+"/a b"); f,_=n.accept()
        h=socket.create_connection(("127.0.0.1",7001))
        open(sys.argv[1]+"/pid","w").write(str(os.getpid()))
        wait("/go")
        h.close(); a.close(); u.close(); e.close()
        open(sys.argv[1]+"/closed","w").write("")
        wait("/end")
        """

    @Test func listenersAndConnectionsAreWhatSsSays() throws {
        try inNamespace { picture, group, enter in
            let folder = String(shell("mktemp -d").dropLast())
            defer { _ = shell("rm -rf \(folder)") }
            _ = shell("cat > \(folder)/p.py <<'END'\n\(Self.opener)\nEND")
            // It ends with its folder, and in any case after a minute or two.
            _ = shell("\(enter) python3 \(folder)/p.py \(folder) </dev/null >/dev/null 2>&1 &")
            // The tick finds what was opened, no event does.
            #expect(
                picture.reaches { state in
                    state.edges.values.contains { ($0.links["CONNECTS"] ?? []).count == 4 }
                })
            #expect(seen(picture) == truth(enter))
            #expect(seen(picture).count == 9)
            let pid = shell(
                "for i in $(seq 500); do [ -s \(folder)/pid ] && break; sleep 0.02; done; "
                    + "cat \(folder)/pid")
            let edges = try #require(
                picture.state.withLock { state in
                    state.edges.first { $0.key.name.text == pid }?.value
                })
            let listens = (edges.links["LISTENS"] ?? []).map { $0.name.text }
            #expect(listens.count == 7)
            #expect(listens.contains("tcp [::]:7002"))
            #expect(listens.contains("unix stream \(folder)/a b"))
            #expect(listens.contains("unix stream @name"))
            #expect(listens.contains { $0.hasPrefix("tcp 127.0.0.1:7004#") })
            #expect((edges.links["CONNECTS"] ?? []).contains { $0.name.text.hasSuffix("/a b") })
            let owner = try #require(picture.all("socket")["udp 0.0.0.0:7003"])
            #expect(owner.data["uid"] == 0)
            #expect(owner.links["USER"]?.first?.name.text == "root")
            // The end is an event.
            _ = shell("touch \(folder)/go; while [ ! -e \(folder)/closed ]; do sleep 0.02; done")
            #expect(
                picture.reaches { state in
                    !state.subjects.keys.contains { $0.name.text == "udp 0.0.0.0:7003" }
                        && !state.subjects.keys.contains { $0.name.text == "tcp 127.0.0.1:7001" }
                })
            let origins = picture.state.withLock { state in
                state.history.compactMap { one -> Origin? in
                    guard case .absent(let subject, let origin, _) = one,
                        subject.name.text == "udp 0.0.0.0:7003"
                    else { return nil }
                    return origin
                }
            }
            #expect(origins == [.intercepted])
            let swept = try #require(sweep(group))
            #expect(swept.drift == 0)
            #expect(seen(picture) == truth(enter))
            #expect(picture.state.withLock { $0.faults } == [])
        }
    }

    @Test func twentyThousandConnectionsLeaveNoDrift() throws {
        try inNamespace { picture, group, enter in
            let program = """
                import socket,struct,threading
                a=socket.socket(); a.bind(("127.0.0.1",7001)); a.listen(512)
                def serve():
                    for _ in range(20000): a.accept()[0].close()
                t=threading.Thread(target=serve); t.start()
                for _ in range(20000):
                    s=socket.create_connection(("127.0.0.1",7001))
                    s.setsockopt(socket.SOL_SOCKET,socket.SO_LINGER,struct.pack("ii",1,0))
                    s.close()
                t.join(60)
                """
            _ = shell("\(enter) python3 - <<'END'\n\(program)\nEND")
            let statistics = try #require(sweep(group))
            #expect(statistics.drift == 0)
            // Both ends of each were told, unless that many were too many.
            #expect(
                picture.reaches { _ in
                    let now = group.reports.first?.statistics
                    return (now?.events ?? 0) >= 40_000 || (now?.lost ?? 0) > 0
                })
            // What the kernel keeps of an end without a process is no socket any more.
            #expect(truth(enter).filter { !$0.hasPrefix("tcp fin-wait-2") } == [])
            #expect(seen(picture) == [])
            #expect(picture.state.withLock { $0.faults } == [])
            #expect(picture.reaches { $0.openGaps["sockets"] == 0 })
        }
    }

    @Test func aTinyBufferLosesEndsAndSaysSo() throws {
        try inNamespace(bufferBytes: 4096) { picture, group, enter in
            let program = """
                import socket
                all=[]
                for port in range(3000):
                    u=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)
                    u.bind(("127.0.0.1",10000+port)); all.append(u)
                for u in all: u.close()
                """
            for _ in 0..<3 { _ = shell("\(enter) python3 - <<'END'\n\(program)\nEND") }
            let statistics = try #require(sweep(group))
            #expect(statistics.drift == 0)
            #expect(picture.reaches { $0.openGaps["sockets"] == 0 })
            let causes = picture.state.withLock { $0.causes }
            #expect(causes.contains { $0.contains("ENOBUFS") })
            #expect(seen(picture) == truth(enter))
        }
    }

    @Test func theSocketsOfThisMachineAreWhatSsSays() throws {
        let picture = Picture()
        let group = try SensorGroup(
            [{ LevelSensor(SocketSource(), on: LinuxKernel()) }], sweepInterval: nil
        ) { picture.take($0) }
        try group.start()
        defer { group.stop() }
        #expect(picture.reaches { $0.openGaps["sockets"] == 0 })
        // Others open and close sockets meanwhile: what was there before and after is compared.
        var missing: Set<String> = []
        for _ in 0..<5 {
            let listening = { Set(truth("").filter { $0.contains(" listen ") }) }
            let before = listening()
            _ = sweep(group)
            missing = before.intersection(listening()).subtracting(seen(picture))
            if missing.isEmpty { break }
        }
        #expect(missing == [])
        let report = try #require(group.reports.first)
        print(
            "sockets: \(report.statistics.readNanoseconds / 1000) µs,",
            "\(report.statistics.subjects) subjects")
    }
}
