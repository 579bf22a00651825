/// What is asked of Pisces and its peers alike, with `$number` of a random person.
enum Questions {
    private static let start = "MATCH (p:Person {number: $number})"
    private static let hop = "-[:KNOWS]->"

    /// Asked of everybody before the others, so that those find all in memory.
    static let firstTouch = "\(start)\(hop)(f:Person) RETURN f.number, f.age"

    /// By the key of the figure.
    static let all: [(key: String, text: String)] = [
        ("empty", "RETURN $number"),
        ("point", "\(start) RETURN p.title, p.age"),
        ("hop1", "\(start)\(hop)(f:Person) RETURN f.number, f.age"),
        ("hop1count", "\(start)\(hop)(f:Person) RETURN count(*)"),
        ("hop2", "\(start)\(hop)(:Person)\(hop)(f:Person) RETURN f.number, f.age"),
        ("hop2count", "\(start)\(hop)(:Person)\(hop)(f:Person) RETURN count(*)"),
        ("hop3", "\(start)\(hop)(:Person)\(hop)(:Person)\(hop)(f:Person) RETURN f.number, f.age"),
        ("hop3count", "\(start)\(hop)(:Person)\(hop)(:Person)\(hop)(f:Person) RETURN count(*)"),
    ]
}
