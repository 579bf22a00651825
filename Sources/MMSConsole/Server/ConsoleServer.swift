internal import Host
public import Node
internal import Resources
internal import Synchronization

/// The console of a node: API and pages on the Unix socket of its state directory and on a TCP
/// port.
public final class ConsoleServer: Sendable {
    private let node: LinuxNode
    private let api: API
    private let server: HTTPServer

    /// A console of `node` that listens nowhere yet.
    public init(node: LinuxNode) {
        self.node = node
        api = API(node: node)
        server = HTTPServer(api: api, threads: 2)
        node.announcer.add { [api] commit in api.committed(commit) }
    }

    /// Listens on the socket in `directory` and on `tcp` (`HOST:PORT`; port 0 picks one), and
    /// writes `endpoints.json`.
    public func listen(directory: String, tcp: String) throws(ServerError) {
        let halves = tcp.split(separator: ":")
        guard halves.count == 2, let port = Int(halves[1]), (0...65_535).contains(port) else {
            throw ServerError(operation: "listen", subject: tcp, cause: "it is not HOST:PORT")
        }
        let host = String(halves[0])
        let bound = try server.listen(host: host, port: port)
        let path = directory + "/pisces.sock"
        let endpoints: ValueMap = [
            "api": .text("http://\(host):\(bound)"), "socket": .text(path),
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
    }

    /// Stops listening and ends all connections.
    public func stop() {
        server.stop()
        api.stop()
    }
}
