internal import Host
internal import MMSConsole
internal import Node
internal import Resources

/// Runs a node in this process until it is asked to end. Gives the exit code.
func runNode(_ options: Console.UpOptions) -> Int32 {
    let screen = StandardError()
    LinuxSystem.boundHeap()
    LinuxSystem.claimSignals()
    LinuxSystem.refuseCores()
    do throws(NodeError) {
        let node = try LinuxNode(
            directory: options.directory, name: options.name, bus: try busAddress(options))
        let console = ConsoleServer(node: node)
        do throws(ServerError) {
            try console.listen(
                directory: options.directory, tcp: options.listen, bolt: options.bolt)
        } catch {
            node.stop()
            screen.write(
                "pisces: cannot \(error.operation) on \(error.subject): \(error.cause); "
                    + "choose another with \(error.option), or port 0")
            return 1
        }
        screen.write("pisces: \(node.name) is ready, state in \(options.directory)")
        LinuxSystem.waitForEnd()
        screen.write("pisces: stopping")
        console.stop()
        node.stop()
        return 0
    } catch {
        screen.write("pisces: \(error.message)")
        return 1
    }
}

/// Where others are to reach the node.
private func busAddress(_ options: Console.UpOptions) throws(NodeError) -> BusAddress? {
    guard let text = options.bus else { return nil }
    if let address = BusAddress(text) { return address }
    throw NodeError(
        "listen", "on \(printable(text))", "it is no numeric address and port",
        remedy: "give --bus an address of this machine, as 10.0.0.7:7118")
}

/// Starts this program again as a node of its own session, and waits until it is ready.
func startInBackground(_ options: Console.UpOptions) -> Int32 {
    let screen = StandardError()
    var arguments = [
        "up", "--state", options.directory, "--listen", options.listen,
        "--bolt", options.bolt,
    ]
    if let name = options.name { arguments += ["--name", name] }
    if let bus = options.bus { arguments += ["--bus", bus] }
    do throws(NodeError) {
        // Taking and releasing the lock says at once who else runs there.
        try NodeProbe.check(directory: options.directory)
        let pid = try NodeProbe.start(arguments, directory: options.directory)
        try NodeProbe.waitUntilReady(pid, directory: options.directory)
        screen.write("pisces: ready, process \(pid), state in \(options.directory)")
        return 0
    } catch {
        screen.write("pisces: \(error.message)")
        return 1
    }
}

/// Where `up` writes for people.
struct StandardError {
    func write(_ line: String) { LinuxSystem.note(line) }
}
