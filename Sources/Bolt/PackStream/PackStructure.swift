/// The signatures of PackStream's structures (Bolt specification, "Structure Semantics").
enum PackStructure {
    static let node: UInt8 = 0x4E
    static let relationship: UInt8 = 0x52
    static let unboundRelationship: UInt8 = 0x72
    static let path: UInt8 = 0x50
    static let date: UInt8 = 0x44
    static let time: UInt8 = 0x54
    static let localTime: UInt8 = 0x74
    /// Seconds are those of UTC.
    static let dateTime: UInt8 = 0x49
    /// Seconds are those of UTC.
    static let dateTimeZone: UInt8 = 0x69
    /// Seconds are those of the local clock: Bolt 4 without the patch "utc".
    static let legacyDateTime: UInt8 = 0x46
    /// Seconds are those of the local clock: Bolt 4 without the patch "utc".
    static let legacyDateTimeZone: UInt8 = 0x66
    static let localDateTime: UInt8 = 0x64
    static let duration: UInt8 = 0x45
    static let point2D: UInt8 = 0x58
    static let point3D: UInt8 = 0x59

    /// Messages of the client.
    enum Request {
        static let hello: UInt8 = 0x01
        static let goodbye: UInt8 = 0x02
        static let reset: UInt8 = 0x0F
        static let run: UInt8 = 0x10
        static let begin: UInt8 = 0x11
        static let commit: UInt8 = 0x12
        static let rollback: UInt8 = 0x13
        static let discard: UInt8 = 0x2F
        static let pull: UInt8 = 0x3F
        static let telemetry: UInt8 = 0x54
        static let route: UInt8 = 0x66
        static let logon: UInt8 = 0x6A
        static let logoff: UInt8 = 0x6B
    }

    /// Messages of the server.
    enum Answer {
        static let success: UInt8 = 0x70
        static let record: UInt8 = 0x71
        static let ignored: UInt8 = 0x7E
        static let failure: UInt8 = 0x7F
    }
}

/// How values are told apart from version to version.
struct PackDialect: Hashable, Sendable {
    /// Entities carry element ids, as from Bolt 5.0.
    let elementIDs: Bool
    /// Zoned date-times count seconds in UTC, as from Bolt 5.0 and in 4.4 with the patch "utc".
    let utc: Bool
}
