internal import Bolt
internal import Host
public import Node
internal import Resources
internal import Synchronization

/// The console of a node: API and pages on the Unix socket of its state directory and on a TCP
/// port, Bolt on another.
public final class ConsoleServer: Sendable {
    private let node: LinuxNode
    let api: API
    private let server: HTTPServer
    private let bolt: BoltServer<GraphService>
    private let machines: MachineLoop

    /// A console of `node` that listens nowhere yet.
    public init(node: LinuxNode) {
        self.node = node
        api = API(node: node)
        server = HTTPServer(api: api, threads: 2)
        machines = MachineLoop(api: api)
        bolt = BoltServer(
            service: GraphService(live: api.live, doorkeeper: api.doorkeeper),
            settings: .init(version: Version.text))
        node.announcer.add { [api] commit in api.committed(commit) }
        node.fleet.answerQuestions { [api] question in api.answer(question) }
        api.serveBirths()
    }

    /// Listens on the socket in `directory`, on `tcp` and, for Bolt, on `boltAddress` (`HOST:PORT`;
    /// port 0 picks one), and writes `endpoints.json`.
    public func listen(
        directory: String, tcp: String, bolt boltAddress: String
    ) throws(ServerError) {
        let address = try HostPort(tcp, option: "--listen")
        let bound = try server.listen(host: address.host, port: address.port)
        let boltPort = try listenBolt(try HostPort(boltAddress, option: "--bolt"))
        let path = StateDirectory.socket(directory)
        let endpoints: ValueMap = [
            "api": .text("http://\(address.host):\(bound)"), "bolt": .text("bolt://\(boltPort)"),
            "socket": .text(path),
        ]
        var writer = JSONWriter()
        writer.write(endpoints)
        do throws(LinuxFile.Failure) {
            try LinuxFile.replace(directory + "/endpoints.json", with: writer.bytes)
        } catch {
            throw ServerError(operation: "write", subject: error.path, cause: error.cause)
        }
        node.serve(at: endpoints)
        try server.listen(socket: path)
        do throws(ThreadError) { try machines.start() } catch {
            throw ServerError(
                operation: "start thread", subject: error.name, cause: "error \(error.code)")
        }
    }

    private func listenBolt(_ address: HostPort) throws(ServerError) -> String {
        do throws(BoltError) {
            return "\(address.host):\(try bolt.listen(host: address.host, port: address.port))"
        } catch {
            throw ServerError(
                operation: "listen", subject: "\(address.host):\(address.port)",
                cause: error.message, option: "--bolt")
        }
    }

    /// Stops listening and ends all connections.
    public func stop() {
        machines.stop()
        server.stop()
        // Threads that do not end in time end with the process.
        do throws(BoltError) { try bolt.stop() } catch {
            LinuxSystem.note("pisces: \(error.message)")
        }
        api.stop()
    }
}

/// `HOST:PORT` of an option.
private struct HostPort {
    let host: String
    let port: Int

    init(_ text: String, option: String) throws(ServerError) {
        let halves = text.split(separator: ":")
        guard halves.count == 2, let port = Int(halves[1]), (0...65_535).contains(port) else {
            throw ServerError(
                operation: "listen", subject: text, cause: "it is not HOST:PORT", option: option)
        }
        (host, self.port) = (String(halves[0]), port)
    }
}
