internal import Glibc
internal import Host
internal import Node
internal import Resources

// bench --directory DIR [--seconds S] [--replay COMMANDS]: prints a line of JSON for each figure. Without seconds only
// the replay is measured, as a node's start is: in a process that did nothing before.

var directory: String?
var seconds = 2.0
var replayed = 500_000
var words = CommandLine.arguments.dropFirst()
while let word = words.popFirst() {
    guard let value = words.popFirst() else { stop("\(word) needs a value") }
    switch word {
    case "--directory": directory = value
    case "--seconds": seconds = Double(value) ?? 0
    case "--replay": replayed = Int(value) ?? -1
    default: stop("there is no option \(word)")
    }
}
guard let directory, seconds >= 0, seconds <= 60, replayed >= 0 else {
    stop("usage: bench --directory DIR [--seconds 0…60] [--replay COMMANDS]")
}

do {
    try LinuxDisk().createDirectory(directory)
    if seconds > 0 {
        let rig = try Rig(directory: directory, graph: directory + "/graph")
        let measures = Measures(rig: rig, notes: try Notes(in: rig), seconds: seconds)
        print(try measures.oneClient().line)
        print(measures.inFlight("command64", width: 64).line)
        print(measures.inFlight("command256", width: 256).line)
        print(measures.inFlight("create256", width: 256, creating: true).line)
        print(measures.inFlight("batch100", width: 8, batch: 100).line)
        print(try measures.get().line)
        print(try measures.list().line)
        print(try measures.applyAlone().line)
        try rig.close()
    }
    if replayed > 0 {
        let second = directory + "/replay"
        try LinuxDisk().createDirectory(second)
        for figure in try Replay(directory: second, count: replayed).run() { print(figure.line) }
    }
} catch {
    stop("\(error)")
}
// As `pisces` ends: a thread may still hold the store, whose library `exit` would take apart under it.
fflush(nil)
LinuxSystem.exitNow(0)
