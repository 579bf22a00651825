internal import Host
internal import MMSConsole
internal import Node
internal import Resources

// `pisces` picks the host, wires the parts, runs; it decides nothing.

let words = Array(CommandLine.arguments.dropFirst())
let code =
    words == ["init"]
    ? runFirstProcess(LinuxSystem.environment)
    : Console.run(
        words, environment: LinuxSystem.environment,
        up: { options in options.background ? startInBackground(options) : runNode(options) })
LinuxSystem.exitNow(code)
