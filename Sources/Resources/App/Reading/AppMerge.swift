extension App {
    /// What a document of an app file says when it is merged over a base (Docs/app-file.md): maps
    /// key by key; of everything else the later stands whole. Of keys that exclude each other,
    /// such as the ways to run, the later file's takes the place of the base's.
    public static func merge(_ later: ValueMap, over base: ValueMap) throws(AppError) -> ValueMap {
        try AppShape.app.merge(later, over: base, [])
    }
}

extension AppShape {
    fileprivate func merge(
        _ later: ValueMap, over base: ValueMap, _ path: [String]
    ) throws(AppError) -> ValueMap {
        var merged = base
        for choice in choices {
            guard let chosen = choice.keys.first(where: { later[$0.name] != nil }) else { continue }
            for other in choice.keys where other.name != chosen.name {
                for key in [other.name] + other.beside { merged[key] = nil }
            }
        }
        for (key, value) in later.entries {
            let kind = self.key(key)?.kind ?? .flag
            merged[key] = try kind.merge(value, over: merged[key], path + [key])
        }
        return merged
    }
}

extension AppShape.Kind {
    fileprivate func merge(
        _ later: Value, over base: Value?, _ path: [String]
    ) throws(AppError) -> Value {
        guard let base else { return later }
        guard (later.map == nil) == (base.map == nil) else {
            throw AppError(
                path,
                found: "is of kind \(later.kindName), and of kind \(base.kindName) in a base",
                expected: "a map can only be merged over a map")
        }
        guard let map = later.map, let below = base.map else { return later }
        switch self {
        case .shape(let shape): return .map(try shape.merge(map, over: below, path))
        case .map(_, let kind, _):
            var merged = below
            for (key, value) in map.entries {
                merged[key] = try kind.merge(value, over: below[key], path + [key])
            }
            return .map(merged)
        case .text, .integer, .number, .flag, .size, .duration, .oneOf, .list, .port, .listen:
            return later
        }
    }
}
