internal import Host
internal import MMSConsole
internal import Node
internal import Reproduction
internal import Resources
internal import Synchronization

/// The serial console: shows the machine whenever what it shows has changed, and gives whoever
/// presses Enter there what it takes to sign in.
final class MachineScreen: Sendable {
    private struct State {
        var screen = ConsoleScreen()
        var shown: ConsoleScreen?
        var notes = MachineNotes()
        var isStopping = false
    }

    private let state = Mutex(State())
    private let output = StandardError()

    /// Changes what is shown.
    func update(_ change: (inout ConsoleScreen) -> Void) {
        state.withLock { change(&$0.screen) }
    }

    /// Shows that among the warnings, for good.
    func note(_ warning: String) { state.withLock { $0.notes.add(warning) } }

    /// Shows that of a matter in place of what was said of it before; nil: nothing any more.
    func note(_ warning: String?, of matter: String) {
        state.withLock { $0.notes.say(warning, of: matter) }
    }

    /// Follows the node from now on.
    func follow(
        _ node: LinuxNode, _ network: NetworkLoop, _ console: ConsoleServer, port: Int
    ) throws(NodeError) {
        do throws(ThreadError) {
            try HostThread.start("screen") { [self] in
                while !state.withLock({ $0.isStopping }) {
                    look(node, network, port)
                    LinuxSystem.pause(milliseconds: 250)
                }
            }
            try HostThread.start("keyboard") { [self] in
                while LinuxMachine.awaitLine(), !state.withLock({ $0.isStopping }) {
                    signIn(console, network.addresses.first, port)
                }
            }
        } catch {
            throw NodeError("start thread", error.name, "error \(error.code)")
        }
    }

    /// Shows nothing more.
    func stop() { state.withLock { $0.isStopping = true } }

    /// Shows why the machine cannot work, before it is reset.
    func fail(_ message: String) {
        update { screen in
            screen.state = "CANNOT RUN THIS SYSTEM, reset follows"
            screen.warnings.insert(message, at: 0)
        }
        show()
    }

    private func look(_ node: LinuxNode, _ network: NetworkLoop, _ port: Int) {
        let warnings = state.withLock { $0.notes.texts } + network.failures
        // Whoever asks the API from afar does not see this screen.
        node.takeWarnings(ofMachine: warnings)
        update { screen in
            screen.name = node.name
            screen.state = node.stateWord
            screen.fingerprint = node.fingerprint
            screen.addresses = network.addresses.map { "http://\(host($0)):\(port)" }
            screen.warnings = warnings
        }
        reach(node, network.addresses.first, port)
        show()
    }

    /// Says in the node's own status where it can be reached, once there is an address.
    private func reach(_ node: LinuxNode, _ address: String?, _ port: Int) {
        guard let address, node.stateWord == "ready" else { return }
        var endpoints = node.endpoints
        let url = Value.text("http://\(host(address)):\(port)")
        if endpoints["api"] == url { return }
        endpoints["api"] = url
        node.serve(at: endpoints)
    }

    /// Shows it, when it is another than what is shown.
    func show() {
        let text = state.withLock { state -> String? in
            guard state.shown != state.screen else { return nil }
            state.shown = state.screen
            return state.screen.text
        }
        if let text { output.write(text) }
    }

    private func signIn(_ console: ConsoleServer, _ address: String?, _ port: Int) {
        do throws(ServerError) {
            let signIn = try console.signIn(address: address.map { "\(host($0)):\(port)" })
            output.write("token \(signIn.token)\nlink  \(signIn.link)")
        } catch {
            output.write("pisces: cannot \(error.operation) \(error.subject): \(error.cause)")
        }
    }

    /// The address without its prefix.
    private func host(_ address: String) -> String { String(address.prefix { $0 != "/" }) }
}
