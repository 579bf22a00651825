/// The variables that can be seen, with their types; what was declared last goes first.
struct Scope {
    private var types: [String: StaticType] = [:]
    private var journal: [(name: String, before: StaticType?)] = []

    /// The place to roll back to.
    var mark: Int { journal.count }

    /// How many variables can be seen.
    var count: Int { types.count }

    subscript(name: String) -> StaticType? { types[name] }

    /// True when a variable of this name was there at the mark already.
    func has(_ name: String, before mark: Int) -> Bool {
        if mark == 0 { return false }
        if let later = journal[mark...].first(where: { $0.name == name }) {
            return later.before != nil
        }
        return types[name] != nil
    }

    /// All names in their order.
    var names: [String] { types.keys.sorted() }

    /// Declares a variable, or hides the one of this name.
    mutating func declare(_ name: String, _ type: StaticType) {
        journal.append((name, types.updateValue(type, forKey: name)))
    }

    /// Forgets what was declared since the mark.
    mutating func rollBack(to mark: Int) {
        while journal.count > mark, let last = journal.popLast() {
            types[last.name] = last.before
        }
    }
}
