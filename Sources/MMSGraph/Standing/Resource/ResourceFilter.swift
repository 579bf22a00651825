internal import Cypher
internal import Resources

/// A program with its parameters: whether a resource has a row, and which.
struct ResourceFilter: Sendable {
    let program: ResourceProgram
    let parameters: [CypherValue]

    /// True when the resource has a row.
    func holds(for resource: Resource) -> Bool {
        for label in program.labels where !resource.hasLabel(label) { return false }
        return program.conditions.allSatisfy { truth($0, resource) == true }
    }

    /// The row of a resource that has one.
    func row(of resource: Resource) -> [CypherValue] {
        program.items.map { item in
            switch item {
            case .property(let key): resource.property(key)
            case .resource: .node(NodeValue(resource))
            }
        }
    }

    /// Three-valued, as the executor has it: nil is unknown.
    private func truth(_ condition: ResourceProgram.Condition, _ resource: Resource) -> Bool? {
        switch condition {
        case .compare(let sign, let left, let right):
            return sign.holds(value(left, resource), value(right, resource))
        case .isOneOf(let subject, let terms):
            let subject = value(subject, resource)
            return any(terms) { value($0, resource).equals(subject) }
        case .isNull(let subject): return value(subject, resource).isNull
        case .hasLabels(let labels): return labels.allSatisfy(resource.hasLabel)
        case .or(let parts): return any(parts) { truth($0, resource) }
        case .and(let parts): return any(parts) { truth($0, resource).map { !$0 } }.map { !$0 }
        case .not(let part): return truth(part, resource).map { !$0 }
        }
    }

    private func any<Part>(_ parts: [Part], _ truth: (Part) -> Bool?) -> Bool? {
        var isUnknown = false
        for part in parts {
            switch truth(part) {
            case .some(true): return true
            case .none: isUnknown = true
            case .some(false): break
            }
        }
        return isUnknown ? nil : false
    }

    private func value(_ term: ResourceProgram.Term, _ resource: Resource) -> CypherValue {
        switch term {
        case .constant(let value): value
        case .parameter(let place): parameters[place]
        case .property(let key): resource.property(key)
        }
    }
}

extension ComparisonOperator {
    /// What the executor says of two values.
    fileprivate func holds(_ left: CypherValue, _ right: CypherValue) -> Bool? {
        switch self {
        case .equal: left.equals(right)
        case .notEqual: left.equals(right).map { !$0 }
        case .less: left.compare(right) { $0 < 0 }
        case .lessOrEqual: left.compare(right) { $0 <= 0 }
        case .greater: left.compare(right) { $0 > 0 }
        case .greaterOrEqual: left.compare(right) { $0 >= 0 }
        }
    }
}

extension Resource {
    /// True when that is the label of its type; without making the label.
    func hasLabel(_ label: String) -> Bool {
        var letters = label.utf8.makeIterator()
        var begins = true
        for byte in type.text.utf8 {
            if byte == UInt8(ascii: "-") {
                begins = true
                continue
            }
            let isSmall = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            if letters.next() != (begins && isSmall ? byte - 32 : byte) { return false }
            begins = false
        }
        return letters.next() == nil
    }
}
