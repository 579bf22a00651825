internal import Resources

/// What temporal functions are told of the world: the wall clock and the time zones.
struct Now {
    let wall: WallTime
    let zones: Zones

    init(wall: WallTime, zone: (@Sendable (String) -> [UInt8]?)?) {
        self.wall = wall
        zones = Zones(zone)
    }

    /// The moment in a zone; nil: in UTC.
    func moment(in zone: Zone?) -> TemporalParts {
        let seconds = Calendar.floor(wall.milliseconds, 1000)
        let nanoseconds = Calendar.modulo(wall.milliseconds, 1000) * 1_000_000
        let zone = zone ?? .utc
        let local = seconds + Int64(zone.offset(at: seconds))
        let days = Calendar.floor(local, 86_400)
        return TemporalParts(
            days: days, nanoseconds: (local - days * 86_400) * 1_000_000_000 + nanoseconds,
            zone: zone, instant: seconds)
    }
}

/// An offset, or a named zone.
enum Zone: Sendable {
    case offset(Int32)
    case named(String, ZoneRules)

    static let utc = Zone.offset(0)

    /// The zone's name; nil for an offset.
    var name: String? {
        if case .named(let name, _) = self { name } else { nil }
    }

    func offset(at seconds: Int64) -> Int32 {
        switch self {
        case .offset(let offset): offset
        case .named(_, let rules): rules.offset(at: seconds)
        }
    }

    /// The instant and offset of a local clock.
    func resolve(local: Int64) -> (seconds: Int64, offset: Int32) {
        switch self {
        case .offset(let offset): (local - Int64(offset), offset)
        case .named(_, let rules): rules.resolve(local: local)
        }
    }
}

/// The time zones that a query has named, each read once.
final class Zones {
    private let read: (@Sendable (String) -> [UInt8]?)?
    private var known: [String: ZoneRules] = [:]

    init(_ read: (@Sendable (String) -> [UInt8]?)?) { self.read = read }

    /// A zone by its name, or by an offset such as `+01:00`.
    func zone(_ text: String) throws(CypherError) -> Zone {
        if let offset = TemporalReader.offset(text) { return .offset(offset) }
        if let rules = known[text] { return .named(text, rules) }
        guard Self.isName(text), let bytes = read?(text), let rules = ZoneRules(bytes) else {
            throw .runtime(
                .argumentError, .invalidArgumentValue,
                "There is no time zone `\(text)` here; give an offset such as '+01:00'")
        }
        known[text] = rules
        return .named(text, rules)
    }

    /// Names are paths below the zones' folder and must not leave it.
    private static func isName(_ text: String) -> Bool {
        let isPlain = text.utf8.allSatisfy { byte in
            UInt8(ascii: "a") <= byte | 0x20 && byte | 0x20 <= UInt8(ascii: "z")
                || UInt8(ascii: "0") <= byte && byte <= UInt8(ascii: "9")
                || "/_-+".utf8.contains(byte)
        }
        return isPlain && !text.isEmpty && text.utf8.count <= 64 && !text.hasPrefix("/")
    }
}
