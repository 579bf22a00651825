extension Machine {
    /// The value of an expression for the row.
    func value(_ code: Code) throws(CypherError) -> CypherValue {
        switch code {
        case .constant(let value): return value
        case .parameter(let place): return parameters[place]
        case .slot(let slot): return row[slot]
        case .slotProperty(let slot, let key): return try property(of: row[slot], key)
        case .property(let subject, let key):
            return try property(of: try value(subject), key)
        case .list(let items):
            var values: [CypherValue] = []
            values.reserveCapacity(items.count)
            for item in items { values.append(try value(item)) }
            return .list(values)
        case .map(let entries):
            var map = CypherMap()
            for (key, code) in entries { map[key] = try value(code) }
            return .map(map)
        case .call(let function, let arguments): return try call(function, arguments)
        case .binary(let sign, let left, let right):
            return try binary(sign, try value(left), right)
        case .negate(let operand): return try CypherValue.negate(try value(operand))
        case .plus(let operand): return try value(operand)
        case .not, .and, .or, .comparison, .comparisons, .hasLabels, .isNull, .isNotNull,
            .exists, .quantifier:
            return try truth(code).map(CypherValue.boolean) ?? .null
        case .element(let subject, let key):
            return try element(of: try value(subject), try value(key))
        case .slice(let subject, let from, let to): return try slice(subject, from, to)
        case .conditional, .comprehension, .reduce, .collect, .first, .path, .mapProjection:
            return try compound(code)
        }
    }

    private func binary(
        _ sign: BinaryOperator, _ left: CypherValue, _ second: Code
    ) throws(CypherError) -> CypherValue {
        let right = try value(second)
        switch sign {
        case .add, .subtract:
            if case .dateTime(let moment) = left, case .duration(let duration) = right {
                return try move(moment, by: sign == .add ? duration : duration.negated())
            }
        default: break
        }
        switch sign {
        case .add: return try .add(left, right)
        case .subtract: return try .subtract(left, right)
        case .multiply: return try .multiply(left, right)
        case .divide: return try .divide(left, right)
        case .modulo: return try .modulo(left, right)
        case .power: return try .power(left, right)
        case .xor:
            guard let first = try boolean(left, "XOR"), let second = try boolean(right, "XOR")
            else { return .null }
            return .boolean(first != second)
        case .isIn: return try contains(right, left)
        case .startsWith, .endsWith, .contains, .matchesRegex:
            return try Texts.test(sign, left, right)
        }
    }

    /// A moment of a named zone is moved by that zone's rules.
    private func move(
        _ moment: CypherDateTime, by duration: CypherDuration
    ) throws(CypherError) -> CypherValue {
        let zone =
            try moment.zone.map { (name) throws(CypherError) in
                try now.zones.zone(name)
            } ?? .offset(moment.offset)
        return .dateTime(try moment.moved(by: duration, in: zone))
    }

    private func contains(
        _ list: CypherValue, _ wanted: CypherValue
    ) throws(CypherError) -> CypherValue {
        switch list {
        case .null: return .null
        case .list(let values):
            var isUnknown = false
            for value in values {
                switch value.equals(wanted) {
                case .some(true): return .boolean(true)
                case .none: isUnknown = true
                case .some(false): break
                }
            }
            return isUnknown ? .null : .boolean(false)
        default:
            throw CypherValue.wrongType("IN", list, "a list on its right")
        }
    }

    /// `subject.key`.
    func property(
        of subject: CypherValue, _ key: NamedToken
    ) throws(CypherError) -> CypherValue {
        switch subject {
        case .node(let node):
            hit()
            guard let token = token(key) else {
                return try graph.nodeExists(node.id) ? .null : try missing(node.id)
            }
            return try graph.property(ofNode: node.id, token)
        case .relationship(let relationship):
            hit()
            guard let token = token(key) else { return .null }
            return try graph.property(ofRelationship: relationship.id, token)
        case .map(let map): return map[key.name] ?? .null
        case .null: return .null
        case .date, .localTime, .time, .localDateTime, .dateTime, .duration:
            return try subject.component(key.name)
        default:
            throw .runtime(
                .typeError, .invalidArgumentType,
                "\(subject.typeName) \(subject.shortText) has no properties; `.\(key.name)` is "
                    + "for nodes, relationships, maps and temporal values")
        }
    }

    private func missing(_ node: Int64) throws(CypherError) -> CypherValue {
        throw .runtime(
            .entityNotFound, .deletedEntityAccess,
            "node \(node) was deleted in this statement; read what is needed before")
    }

    /// `subject[key]`.
    private func element(
        of subject: CypherValue, _ key: CypherValue
    ) throws(CypherError) -> CypherValue {
        switch (subject, key) {
        case (.null, _), (_, .null): return .null
        case (.list(let values), .integer(let index)):
            let place = index < 0 ? index + Int64(values.count) : index
            guard place >= 0, place < Int64(values.count) else { return .null }
            return values[Int(place)]
        case (.list, _):
            throw .runtime(
                .typeError, .listElementAccessByNonInteger,
                "A list is indexed by an integer, not by \(key.typeName) \(key.shortText)")
        case (.map, .string(let name)), (.node, .string(let name)),
            (.relationship, .string(let name)):
            return try property(
                of: subject, NamedToken(name: name, token: graph.token(name)))
        case (.map, _), (.node, _), (.relationship, _):
            throw .runtime(
                .typeError, .mapElementAccessByNonString,
                "A map is indexed by a string, not by \(key.typeName) \(key.shortText)")
        default:
            throw .runtime(
                .typeError, .invalidElementAccess,
                "\(subject.typeName) \(subject.shortText) has no elements; `[…]` is for lists "
                    + "and maps")
        }
    }

    /// `subject[from..to]`.
    private func slice(
        _ subject: Code, _ from: Code?, _ to: Code?
    ) throws(CypherError) -> CypherValue {
        let list = try value(subject)
        let bounds = try [from, to].map { (code) throws(CypherError) -> CypherValue? in
            guard let code else { return nil }
            return try value(code)
        }
        if list.isNull || bounds.contains(where: { $0?.isNull ?? false }) { return .null }
        guard case .list(let values) = list else {
            throw CypherValue.wrongType("[..]", list, "a list")
        }
        var places = [0, values.count]
        for (index, bound) in bounds.enumerated() {
            guard let bound else { continue }
            guard case .integer(let number) = bound else {
                throw CypherValue.wrongType("[..]", bound, "integers")
            }
            let place = number < 0 ? number.addingReportingOverflow(Int64(values.count)).0 : number
            places[index] = Int(max(0, min(place, Int64(values.count))))
        }
        return .list(places[0] < places[1] ? Array(values[places[0]..<places[1]]) : [])
    }
}
