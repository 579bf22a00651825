internal import Cypher
internal import Host
internal import MMSGraph
internal import Resources

// query-bench --directory DIR [--people N] [--seconds S] [--scan ROWS] [--only scratch|live]:
// prints a line of JSON for each figure.
// query-bench --directory DIR --only standing [--people N] [--seconds S]: standing queries beside
// apply.
// query-bench --table people|knows|commands|questions [--people N]: prints what peers load.

var directory: String?
var table: String?
var only = ""
var count = 100_000
var seconds = 1.0
var rows = 1_000_000
var words = CommandLine.arguments.dropFirst()
while let word = words.popFirst() {
    guard let value = words.popFirst() else { stop("\(word) needs a value") }
    switch word {
    case "--directory": directory = value
    case "--table": table = value
    case "--only": only = value
    case "--people": count = Int(value) ?? 0
    case "--seconds": seconds = Double(value) ?? 0
    case "--scan": rows = Int(value) ?? -1
    default: stop("there is no option \(word)")
    }
}
guard count >= 1000, count <= 2_000_000, seconds > 0, seconds <= 60, rows >= 0 else {
    stop("usage: query-bench --directory DIR [--people 1000…2000000] [--seconds 0…60] [--scan N]")
}

func measure<Subject: PropertyGraph>(_ measures: Measures<Subject>, rows: Int) throws {
    for figure in try measures.preparation() { print(figure.line) }
    print(try measures.firstTouch().line)
    for figure in try measures.questions() { print(figure.line) }
    if rows > 0 { print(try measures.scan(rows: rows)) }
}

do {
    let people = People(count: count)
    if let table {
        people.printTable(table)
    } else if let directory, only == "standing" {
        try LinuxDisk().createDirectory(directory)
        try Standing(people: count, in: directory + "/standing", seconds: seconds).measure()
    } else if let directory {
        if only != "live" {
            let graph = people.scratch()
            let measures = Measures(
                name: "scratch", people: count, seconds: seconds, open: { graph },
                begin: { try Query($0, parameters: $1, graph: graph, options: $2) })
            try measure(measures, rows: rows)
        }
        if only != "scratch" {
            try LinuxDisk().createDirectory(directory)
            let graph = try Graph(store: RocksStore(path: directory + "/graph"), mounts: [.root])
            if graph.applied(.root) == .zero { try people.resources(in: graph) }
            let measures = Measures(
                name: "live", people: count, seconds: seconds,
                open: { try ResourceGraph(try graph.reader()) },
                begin: {
                    try ResourceGraph.query(
                        $0, parameters: $1, on: try graph.reader(), options: $2)
                })
            try measure(measures, rows: rows)
        }
    } else {
        stop("--directory or --table must be given")
    }
} catch {
    stop("\(error)")
}
