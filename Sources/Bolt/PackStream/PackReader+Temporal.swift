internal import Cypher

extension PackReader {
    private static let nanosecondsOfDay: Int64 = 86_400_000_000_000
    /// Seconds east or west of UTC at the most: 18 hours, as in ISO 8601 and Neo4j.
    private static let offsets = -64_800...64_800 as ClosedRange<Int64>
    /// Seconds of the years -999,999,999 to 999,999,999.
    private static let moments =
        -31_557_014_167_219_200...31_556_889_864_403_199
        as ClosedRange<Int64>

    /// The fields of a structure that may be a parameter: the temporal ones.
    mutating func temporal(_ signature: UInt8, fields: Int) throws(BoltError) -> CypherValue {
        try expect(fields, of: signature)
        switch signature {
        case PackStructure.date:
            return .date(CypherDate(days: try within(-365_243_219_162...365_241_780_471, "a day")))
        case PackStructure.localTime:
            return .localTime(CypherLocalTime(nanoseconds: try timeOfDay()))
        case PackStructure.time:
            let nanoseconds = try timeOfDay()
            return .time(CypherTime(nanoseconds: nanoseconds, offset: try offset()))
        case PackStructure.localDateTime:
            let seconds = try within(Self.moments, "a moment")
            return .localDateTime(
                CypherLocalDateTime(seconds: seconds, nanoseconds: try nanoseconds()))
        case PackStructure.duration: return .duration(try duration())
        default: return .dateTime(try dateTime(signature))
        }
    }

    private func expect(_ fields: Int, of signature: UInt8) throws(BoltError) {
        let expected: Int
        switch signature {
        case PackStructure.date, PackStructure.localTime: expected = 1
        case PackStructure.time, PackStructure.localDateTime: expected = 2
        case PackStructure.dateTime, PackStructure.dateTimeZone,
            PackStructure.legacyDateTime, PackStructure.legacyDateTimeZone:
            expected = 3
        case PackStructure.duration: expected = 4
        case PackStructure.node, PackStructure.relationship, PackStructure.unboundRelationship,
            PackStructure.path:
            throw .invalid("a node, relationship or path cannot be a parameter: send its id")
        case PackStructure.point2D, PackStructure.point3D:
            throw .invalid("points are no values of this server: send a map or a list")
        default: throw .malformed("there is no structure 0x\(String(signature, radix: 16))")
        }
        guard fields == expected else {
            throw .malformed(
                "the structure 0x\(String(signature, radix: 16)) has \(expected) fields, not"
                    + " \(fields)")
        }
    }

    private mutating func dateTime(_ signature: UInt8) throws(BoltError) -> CypherDateTime {
        let legacy =
            signature == PackStructure.legacyDateTime
            || signature == PackStructure.legacyDateTimeZone
        guard legacy != dialect.utc else {
            throw .malformed("a date-time of the other form than HELLO agreed on")
        }
        let seconds = try within(Self.moments, "a moment")
        let nanoseconds = try nanoseconds()
        if signature == PackStructure.dateTime || signature == PackStructure.legacyDateTime {
            let offset = try offset()
            return CypherDateTime(
                seconds: legacy ? seconds - Int64(offset) : seconds, nanoseconds: nanoseconds,
                offset: offset, zone: nil)
        }
        let zone = try text()
        throw .invalid("the zone `\(zone.prefix(80))` is not known: send an offset")
    }

    private mutating func duration() throws(BoltError) -> CypherDuration {
        let (months, days) = (try integer(), try integer())
        let (seconds, nanoseconds) = (try integer(), try integer())
        let carry =
            nanoseconds >= 0
            ? nanoseconds / 1_000_000_000
            : (nanoseconds - 999_999_999) / 1_000_000_000
        let (sum, overflow) = seconds.addingReportingOverflow(carry)
        guard !overflow else { throw .invalid("the duration is longer than 2^63 seconds") }
        return CypherDuration(
            months: months, days: days, seconds: sum,
            nanoseconds: Int32(truncatingIfNeeded: nanoseconds - carry * 1_000_000_000))
    }

    private mutating func timeOfDay() throws(BoltError) -> Int64 {
        try within(0...Self.nanosecondsOfDay - 1, "a time of day")
    }

    private mutating func nanoseconds() throws(BoltError) -> Int32 {
        Int32(truncatingIfNeeded: try within(0...999_999_999, "a fraction of a second"))
    }

    private mutating func offset() throws(BoltError) -> Int32 {
        Int32(truncatingIfNeeded: try within(Self.offsets, "an offset from UTC"))
    }

    private mutating func within(
        _ range: ClosedRange<Int64>, _ what: String
    ) throws(BoltError) -> Int64 {
        let value = try integer()
        guard range.contains(value) else {
            throw .invalid("\(value) is not \(what): \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }
}
