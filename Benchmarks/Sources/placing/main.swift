internal import Host

// placing-bench [--machines N] [--tasks N]: prints a line of JSON for each mix of tasks: how many
// find a place in a second, on one thread.

var machines = 5000
var tasks = 20_000
var words = CommandLine.arguments.dropFirst()
while let word = words.popFirst() {
    guard let value = words.popFirst().flatMap({ Int($0) }), (1...1_000_000).contains(value) else {
        stop("\(word) needs a number from 1 to 1000000")
    }
    switch word {
    case "--machines": machines = value
    case "--tasks": tasks = value
    default: stop("usage: placing-bench [--machines N] [--tasks N]")
    }
}

do {
    for mix in Mix.allCases {
        print(try Placing(machines: machines, tasks: tasks, mix: mix).measure())
    }
} catch {
    stop("\(error)")
}
