internal import Glibc
internal import Host

// ScaleBench DIRECTORY COMMANDS MACHINES…: what a command costs with eight logs and so many
// machines, one line each. DIRECTORY must be empty and on the disk to be measured.

guard CommandLine.arguments.count >= 4, let commands = Int(CommandLine.arguments[2]), commands > 0
else {
    LinuxSystem.note("usage: ScaleBench DIRECTORY COMMANDS MACHINES…")
    exit(2)
}

do {
    for machines in CommandLine.arguments.dropFirst(3).compactMap({ Int($0) }) where machines > 0 {
        let directory = CommandLine.arguments[1] + "/\(machines)"
        for path in [directory, directory + "/node", directory + "/follower"] {
            try LinuxDisk().createDirectory(path)
        }
        let before = LinuxSystem.residentBytes
        let scale = try Scale(machines: machines, directory: directory + "/node")
        let (ids, mounting) = try scale.populate()
        // The first window fills caches.
        _ = try scale.measure(commands, ids, 1)
        let costs = try scale.measure(commands, ids, 2)
        let resident = LinuxSystem.residentBytes
        let followed = try scale.follow(in: directory + "/follower", last: commands)
        scale.close()
        let each = { (value: Int) in Double(value) / Double(commands) }
        print(
            "machines=\(machines) decideUs=\(each(Int(costs.decided)) / 1000) "
                + "followUs=\(each(Int(followed)) / 1000) entryBytes=\(each(costs.logBytes)) "
                + "writtenBytes=\(each(Int(costs.written))) mountUs=\(mounting / 1000) "
                + "residentBytes=\(resident) grownBytes=\(resident - before)")
    }
} catch {
    LinuxSystem.note("ScaleBench: \(error)")
    exit(1)
}
