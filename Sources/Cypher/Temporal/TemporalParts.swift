/// What a temporal value consists of: a day, a time of day, a zone; some may be missing.
struct TemporalParts {
    var days: Int64?
    /// Nanoseconds of the local day.
    var nanoseconds: Int64?
    var zone: Zone?
    /// Seconds of the instant in UTC, where the value has one.
    var instant: Int64?

    init(
        days: Int64? = nil, nanoseconds: Int64? = nil, zone: Zone? = nil, instant: Int64? = nil
    ) {
        self.days = days
        self.nanoseconds = nanoseconds
        self.zone = zone
        self.instant = instant
    }

    /// nil for what is no point in time.
    init?(_ value: CypherValue, _ zones: Zones) throws(CypherError) {
        switch value {
        case .date(let date): self.init(days: date.days)
        case .localTime(let time): self.init(nanoseconds: time.nanoseconds)
        case .time(let time):
            self.init(nanoseconds: time.nanoseconds, zone: .offset(time.offset))
        case .localDateTime(let moment):
            self.init(local: moment.seconds, moment.nanoseconds)
        case .dateTime(let moment):
            self.init(local: moment.seconds + Int64(moment.offset), moment.nanoseconds)
            zone =
                try moment.zone.map { (name) throws(CypherError) in
                    try zones.zone(name)
                } ?? .offset(moment.offset)
            instant = moment.seconds
        default: return nil
        }
    }

    private init(local: Int64, _ nanoseconds: Int32) {
        let days = Calendar.floor(local, 86_400)
        self.init(
            days: days,
            nanoseconds: (local - days * 86_400) * 1_000_000_000 + Int64(nanoseconds))
    }

    /// Seconds of the local clock since 1970.
    var localSeconds: Int64 { (days ?? 0) * 86_400 + (nanoseconds ?? 0) / 1_000_000_000 }
    var fraction: Int32 { Int32((nanoseconds ?? 0) % 1_000_000_000) }

    var date: CypherValue { .date(CypherDate(days: days ?? 0)) }
    var localTime: CypherValue { .localTime(CypherLocalTime(nanoseconds: nanoseconds ?? 0)) }

    var localDateTime: CypherValue {
        .localDateTime(CypherLocalDateTime(seconds: localSeconds, nanoseconds: fraction))
    }

    /// A time has an offset only: that of a named zone on the day, or today's.
    func time(today: Int64) -> CypherValue {
        let zone = zone ?? .utc
        let local = (days ?? today) * 86_400 + (nanoseconds ?? 0) / 1_000_000_000
        let offset = instant.map(zone.offset) ?? zone.resolve(local: local).offset
        return .time(CypherTime(nanoseconds: nanoseconds ?? 0, offset: offset))
    }

    var dateTime: CypherValue {
        let zone = zone ?? .utc
        let resolved =
            instant.map { ($0, zone.offset(at: $0)) } ?? zone.resolve(local: localSeconds)
        return .dateTime(
            CypherDateTime(
                seconds: resolved.0, nanoseconds: fraction, offset: resolved.1,
                zone: zone.name))
    }

    /// The same instant told in another zone. A time without a day is moved by the difference
    /// of the offsets.
    func moved(to other: Zone, today: Int64) -> TemporalParts {
        guard let zone else {
            var parts = self
            parts.zone = other
            parts.instant = nil
            return parts
        }
        let day = days ?? today
        let local = day * 86_400 + (nanoseconds ?? 0) / 1_000_000_000
        let instant = self.instant ?? zone.resolve(local: local).seconds
        let moved = instant + Int64(other.offset(at: instant))
        let days = Calendar.floor(moved, 86_400)
        let rest = (moved - days * 86_400) * 1_000_000_000 + Int64(fraction)
        return TemporalParts(
            days: self.days == nil ? nil : days, nanoseconds: rest, zone: other,
            instant: self.days == nil ? nil : instant)
    }
}
