extension AppShape {
    /// Checks values by the shape and makes one form of all ways to write them: durations are
    /// whole milliseconds, sizes whole bytes.
    struct Check {
        /// True for a file: a number without a unit is no duration there. In a resource it is
        /// milliseconds.
        let wantsUnits: Bool

        /// The map in that form.
        func map(_ value: Value, _ shape: AppShape, _ path: [String]) throws(AppError) -> ValueMap {
            let map = try self.map(value, path)
            for key in map.keys where shape.key(key) == nil { throw unknown(key, shape, path) }
            for key in shape.keys where key.isRequired && map[key.name] == nil {
                throw AppError(path, found: "`\(key.name)` is missing", expected: "add it")
            }
            for choice in shape.choices { try check(choice, map, path) }
            var normal = ValueMap()
            for key in shape.keys {
                guard let value = map[key.name] else { continue }
                normal[key.name] = try self.value(value, key.kind, path + [key.name])
            }
            return normal
        }

        private func value(
            _ value: Value, _ kind: Kind, _ path: [String]
        ) throws(AppError) -> Value {
            switch kind {
            case .text(let form): return .text(try text(value, form, path))
            case .integer(let range): return .int(try integer(value, range, path))
            case .number(let most, let unit): return .float(try number(value, most, unit, path))
            case .flag: return try flag(value, path)
            case .size(let range): return .int(try size(value, range, path))
            case .duration(let range): return .int(try duration(value, range, path))
            case .oneOf(let words): return try oneOf(value, words, path)
            case .list(let kind, let most): return try list(value, kind, most, path)
            case .map(let form, let kind, let most):
                return .map(try self.map(value, form, kind, most, path))
            case .shape(let shape): return .map(try self.map(value, shape, path))
            case .port: return try port(value, path)
            case .listen: return try listen(value, path)
            }
        }

        private func unknown(_ key: String, _ shape: AppShape, _ path: [String]) -> AppError {
            let known = shape.keys.map(\.name)
            let hint = nearest(to: key, among: known).map { "did you mean `\($0)`?" }
            return AppError(
                path + [key], found: "unknown key `\(printable(key))`",
                expected: hint ?? "the keys are " + known.joined(separator: ", "))
        }

        private func check(
            _ choice: Choice, _ map: ValueMap, _ path: [String]
        ) throws(AppError) {
            let given = choice.keys.filter { map[$0.name] != nil }
            let names = choice.keys.map(\.name)
            if given.count > 1 || (given.isEmpty && choice.isRequired) {
                throw AppError(
                    path, found: "has \(given.count) \(choice.what)",
                    expected: "give one: " + names.joined(separator: " or "))
            }
            for other in choice.keys where given.first?.name != other.name {
                for key in other.beside where map[key] != nil {
                    throw AppError(
                        path + [key], found: "`\(key)` stands without `\(other.name)`",
                        expected: "it belongs to `\(other.name)` alone; leave it out")
                }
            }
        }
    }
}

extension AppShape.Check {
    private func map(_ value: Value, _ path: [String]) throws(AppError) -> ValueMap {
        if let map = value.map { return map }
        throw AppError(path, found: "is of kind \(value.kindName)", expected: "a map was expected")
    }

    private func map(
        _ value: Value, _ form: AppShape.Form, _ kind: AppShape.Kind, _ most: Int, _ path: [String]
    ) throws(AppError) -> ValueMap {
        let map = try self.map(value, path)
        try check(map.count, most, path)
        var normal = ValueMap()
        for (key, value) in map.entries {
            if let fault = form.fault(key) {
                throw AppError(path + [key], found: fault.found, expected: fault.expected)
            }
            normal[key] = try self.value(value, kind, path + [key])
        }
        return normal
    }

    private func list(
        _ value: Value, _ kind: AppShape.Kind, _ most: Int, _ path: [String]
    ) throws(AppError) -> Value {
        guard let list = value.list else {
            throw AppError(
                path, found: "is of kind \(value.kindName)", expected: "a list was expected")
        }
        try check(list.count, most, path)
        var normal: [Value] = []
        for (index, element) in list.enumerated() {
            let element = try self.value(element, kind, path + [String(index)])
            if normal.contains(element) {
                throw AppError(
                    path + [String(index)], found: "stands there twice", expected: "remove one")
            }
            normal.append(element)
        }
        return .list(normal)
    }

    private func check(_ count: Int, _ most: Int, _ path: [String]) throws(AppError) {
        if count > most {
            throw AppError(
                path, found: "has \(count) entries", expected: "the limit is \(most)")
        }
    }

    private func text(
        _ value: Value, _ form: AppShape.Form, _ path: [String]
    ) throws(AppError) -> String {
        guard let text = value.text else {
            throw AppError(
                path, found: "is of kind \(value.kindName)",
                expected: "a text was expected; quote it")
        }
        if let fault = form.fault(text) {
            throw AppError(path, found: fault.found, expected: fault.expected)
        }
        return text
    }

    private func oneOf(
        _ value: Value, _ words: [String], _ path: [String]
    ) throws(AppError) -> Value {
        if let text = value.text, words.contains(text) { return value }
        let text = value.text.map { "`\(printable($0))`" } ?? "a value of kind \(value.kindName)"
        // `SIGTERM` is nearer to `TERM` than edits tell.
        let hint = value.text.flatMap { text in
            words.first { text.hasSuffix($0) } ?? nearest(to: text, among: words)
        }
        throw AppError(
            path, found: "\(text) is not known here",
            expected: hint.map { "did you mean `\($0)`?" }
                ?? "write one of " + words.joined(separator: ", "))
    }

    private func flag(_ value: Value, _ path: [String]) throws(AppError) -> Value {
        if value.bool != nil { return value }
        throw AppError(path, found: "is of kind \(value.kindName)", expected: "write true or false")
    }

    private func integer(
        _ value: Value, _ range: ClosedRange<Int>, _ path: [String]
    ) throws(AppError) -> Int64 {
        if let int = value.int, range.contains(Int(clamping: int)) { return int }
        throw AppError(
            path, found: "is no number from \(range.lowerBound) to \(range.upperBound)",
            expected: "write a whole number in that range")
    }

    private func number(
        _ value: Value, _ most: Int, _ unit: String, _ path: [String]
    ) throws(AppError) -> Double {
        if let number = value.number, number > 0, number <= Double(most) { return number }
        throw AppError(
            path, found: "is no number of \(unit)",
            expected: "write a number above 0 and up to \(most), as in 0.2")
    }

    private func port(_ value: Value, _ path: [String]) throws(AppError) -> Value {
        if value.text == "auto" { return value }
        if let int = value.int, (1...65_535).contains(int) { return value }
        throw AppError(
            path, found: "is no port", expected: "write a number from 1 to 65535, or auto")
    }
}
