import Cypher
import Host

/// Random statements over what `Script` writes.
struct QueryScript {
    var random: SeededRandom
    private var count = 0

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    private mutating func below(_ bound: Int) -> Int {
        Int(random.next(upperBound: UInt64(bound)))
    }

    private mutating func one(_ choices: [String]) -> String { choices[below(choices.count)] }

    /// A statement that may be of any class.
    mutating func statement() -> String {
        count = 0
        switch below(10) {
        case 0..<3: return resource()
        case 3..<7: return matches() + " RETURN " + items()
        default: return whole()
        }
    }

    private mutating func resource() -> String {
        count = 1
        return "MATCH \(node(0))\(random.oneIn(2) ? " WHERE \(condition())" : "") RETURN \(items())"
    }

    /// One MATCH or two, over the nodes n0, n1 …
    private mutating func matches() -> String {
        var text = "MATCH " + path(from: 0)
        if random.oneIn(4) { text += ", " + path(from: below(count)) }
        if random.oneIn(2) { text += " WHERE " + condition() }
        if random.oneIn(3) {
            text += " MATCH " + path(from: below(count))
            if random.oneIn(2) { text += " WHERE " + condition() }
        }
        return text
    }

    private mutating func path(from start: Int) -> String {
        count = max(count, start + 1)
        var text = start == 0 && count == 1 ? node(0) : "(n\(start))"
        for _ in 0...below(2) {
            if random.oneIn(6) {
                text += hop() + "(n\(below(count)))"
            } else {
                count += 1
                text += hop() + node(count - 1)
            }
        }
        return text
    }

    private mutating func hop() -> String {
        let types = one(["[:USES]", "[:USES]", "[:OWNS]", "[:USES|OWNS]", "[]"])
        return one(["-\(types)->", "-\(types)->", "<-\(types)-", "-\(types)-"])
    }

    private mutating func node(_ number: Int) -> String {
        let properties = one([
            "", "", "", "", " {state: 'on'}", " {count: 2}", " {name: 'n\(below(6))'}",
            " {state: $state}",
        ])
        return "(n\(number)\(one(["", ":Plain", ":Rich"]))\(properties))"
    }

    private mutating func condition(depth: Int = 0) -> String {
        let n = "n\(below(count))"
        switch below(depth > 2 ? 7 : 10) {
        case 0: return "\(n).count \(one(["<", "<=", ">", ">=", "=", "<>"])) \(below(5))"
        case 1: return "\(n).state = \(one(["'on'", "'off'", "$state", "null"]))"
        case 2: return "\(n).state IS \(one(["", "NOT "]))NULL"
        case 3: return "\(n).state IN ['on', \(one(["null", "'off'"]))]"
        case 4: return "\(n).count = n\(below(count)).count"
        case 5: return "\(n):\(one(["Plain", "Rich"]))"
        case 6: return "1 < \(n).count <= $most"
        case 7: return "NOT (\(condition(depth: depth + 1)))"
        case 8:
            return "(\(condition(depth: depth + 1)) OR \(condition(depth: depth + 1)))"
        default:
            return "\(condition(depth: depth + 1)) AND \(condition(depth: depth + 1))"
        }
    }

    private mutating func items() -> String {
        var items: [String] = []
        for _ in 0...below(2) {
            let n = "n\(below(count))"
            items.append(
                one([
                    n, "\(n).name", "\(n).count", "\(n).id", "coalesce(\(n).state, '-')",
                    "labels(\(n))", "\(n) = \(n)", "$most",
                ]) + " AS c\(items.count)")
        }
        return items.joined(separator: ", ")
    }

    private mutating func whole() -> String {
        let body = matches()
        switch below(9) {
        case 0: return body + " RETURN count(*) AS c"
        case 1: return body + " RETURN DISTINCT n0.state AS s, n0.count AS c"
        case 2: return body + " RETURN n0.id AS i ORDER BY i LIMIT \(1 + below(4))"
        case 3: return body + " RETURN n0.state AS s, count(*) AS c, max(n0.count) AS m"
        case 4: return body + " OPTIONAL MATCH (n0)-[:USES]->(o:Rich) RETURN n0.name, o.name"
        case 5: return "MATCH (n0:Plain)-[:USES*1..2]->(m) RETURN n0.id, m.name"
        case 6: return "MATCH (n:Plain) WHERE EXISTS { (n)-[:USES]->(:Rich) } RETURN n.id"
        case 7: return body + " WITH n0, count(*) AS c WHERE c > 1 RETURN n0.name, c"
        default:
            return "MATCH (a:Plain) RETURN a.name AS x UNION ALL MATCH (b:Rich) RETURN b.name AS x"
        }
    }
}
