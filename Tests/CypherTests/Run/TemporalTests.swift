import Cypher
import Testing

/// Time zones from the bytes of their files, and calendars far from today.
@Suite struct TemporalTests {
    /// A file of RFC 8536 with one change and a yearly rule after it.
    private static func file(_ rule: String) -> [UInt8] {
        func header(_ changes: UInt8) -> [UInt8] {
            Array("TZif2".utf8) + Array(repeating: 0, count: 15)
                + [0, 0, 0, 0] + [0, 0, 0, 0] + [0, 0, 0, 0]
                + [0, 0, 0, changes] + [0, 0, 0, 2] + [0, 0, 0, 4]
        }
        let types: [UInt8] = [0, 0, 14, 16, 0, 0] + [0, 0, 0x1c, 0x20, 1, 0]
        let empty = header(0) + types + [0, 0, 0, 0]
        // At 1980-04-06T01:00Z from +01:00 to +02:00.
        let change: [UInt8] = [0, 0, 0, 0, 0x13, 0x4d, 0x44, 0x10] + [1]
        return empty + header(1) + change + types + [0, 0, 0, 0]
            + Array("\n\(rule)\n".utf8)
    }

    private func asking() -> Asking {
        var asking = Asking()
        asking.options.zone = { name in
            name == "Test/Zone" ? Self.file("CET-1CEST,M3.5.0,M10.5.0/3") : nil
        }
        return asking
    }

    @Test(arguments: [
        ("1970-07-01T12:00", "1970-07-01T12:00+01:00"),
        ("2100-07-01T12:00", "2100-07-01T12:00+02:00"),
        ("2100-12-01T12:00", "2100-12-01T12:00+01:00"),
        // The hour that is left out, and the one that comes twice.
        ("2024-03-31T02:30", "2024-03-31T03:30+02:00"),
        ("2024-10-27T02:30", "2024-10-27T02:30+02:00"),
        ("2024-10-27T02:30+01:00", "2024-10-27T02:30+01:00"),
    ]) func namedZonesFollowTheirRules(local: String, expected: String) throws {
        var asking = asking()
        let text = try asking.value("RETURN toString(datetime('\(local)[Test/Zone]'))")
        #expect(text == "'\(expected)[Test/Zone]'")
    }

    @Test func daysAreDaysOnTheClockAndHoursPass() throws {
        var asking = asking()
        let start = "datetime('2024-03-30T12:00[Test/Zone]')"
        #expect(
            try asking.value("RETURN toString(\(start) + duration('P1D'))")
                == "'2024-03-31T12:00+02:00[Test/Zone]'")
        #expect(
            try asking.value("RETURN toString(\(start) + duration('PT24H'))")
                == "'2024-03-31T13:00+02:00[Test/Zone]'")
    }

    @Test(arguments: ["No/Such", "../etc/passwd", "/etc/passwd", "", "Test/Zone\\u0000"])
    func unknownZonesAreErrors(name: String) {
        var asking = asking()
        let error = asking.error("RETURN datetime({year: 2000, timezone: '\(name)'})")
        #expect(error?.detail == .invalidArgumentValue)
    }

    @Test func truncatedZoneFilesAreRefused() {
        let whole = Self.file("CET-1")
        for length in 0..<whole.count - 8 {
            var asking = Asking()
            asking.options.zone = { _ in Array(whole.prefix(length)) }
            #expect(asking.error("RETURN datetime({year: 2000, timezone: 'A/B'})") != nil)
        }
    }

    @Test func everyDayOfManyYearsIsItself() throws {
        var asking = Asking()
        let text = """
            UNWIND range(0, 20000) AS d
            WITH date('1890-01-01') + duration({days: d * 3}) AS day
            WITH day, date({year: day.year, month: day.month, day: day.day}) AS a,
              date({year: day.weekYear, week: day.week, dayOfWeek: day.weekDay}) AS b,
              date({year: day.year, ordinalDay: day.ordinalDay}) AS c,
              date({year: day.year, quarter: day.quarter, dayOfQuarter: day.dayOfQuarter}) AS e
            WHERE a <> day OR b <> day OR c <> day OR e <> day OR date(toString(day)) <> day
            RETURN count(*)
            """
        #expect(try asking.value(text) == "0")
    }

    @Test(arguments: [
        "date('2015-02-29')", "date('2015-13')", "localtime('24:00')", "time('12:60')",
        "date('2015-W54')", "duration('P')", "duration('1D')", "datetime('2015-01-01T')",
        "date({month: 1})", "date({year: 2015, month: 13})", "localtime({hour: 25})",
        "time('12:00+19:00')", "date.truncate('nothing', date('2015-01-01'))",
        "datetime.fromepoch(9223372036854775807, 0)", "datetime.fromepoch(0, -5)",
        "datetime({epochSeconds: -9223372036854775807})",
        "datetime.fromepoch(31556889864403199, 0).epochMillis",
        "duration('P922337203685477580-01-01')",
        "date.truncate('hour', date('2015-01-01'))", "date({year: 9223372036854775807})",
    ]) func whatIsNoTimeIsAnError(text: String) {
        var asking = Asking()
        let error = asking.error("RETURN \(text)")
        #expect(error?.phase == .runtime, "\(text)")
        #expect(error?.message.isEmpty == false)
    }
}
