internal import Resources
internal import Testing

@Suite struct CronScheduleTests {
    /// The schedule, a time, the next one.
    static let times: [(text: String, after: String, next: String)] = [
        ("* * * * *", "2026-11-21T14:00:00Z", "2026-11-21T14:01:00.000Z"),
        ("* * * * *", "2026-11-21T14:00:59.999Z", "2026-11-21T14:01:00.000Z"),
        ("*/5 * * * *", "2026-11-21T14:00:00Z", "2026-11-21T14:05:00.000Z"),
        ("*/5 * * * *", "2026-11-21T14:57:10Z", "2026-11-21T15:00:00.000Z"),
        ("10-20/5,59 * * * *", "2026-11-21T14:11:00Z", "2026-11-21T14:15:00.000Z"),
        ("10-20/5,59 * * * *", "2026-11-21T14:21:00Z", "2026-11-21T14:59:00.000Z"),
        ("0 4 * * *", "2026-11-21T04:00:00Z", "2026-11-22T04:00:00.000Z"),
        ("0 4 * * *", "2026-12-31T05:00:00Z", "2027-01-01T04:00:00.000Z"),
        ("30 0 1 * *", "2026-11-21T00:00:00Z", "2026-12-01T00:30:00.000Z"),
        ("0 0 31 * *", "2026-11-01T00:00:00Z", "2026-12-31T00:00:00.000Z"),
        ("0 0 29 2 *", "2026-11-21T00:00:00Z", "2028-02-29T00:00:00.000Z"),
        ("0 0 29 feb *", "2096-03-01T00:00:00Z", "2104-02-29T00:00:00.000Z"),
        // 2026-11-21 is a Saturday.
        ("0 12 * * sun", "2026-11-21T14:00:00Z", "2026-11-22T12:00:00.000Z"),
        ("0 12 * * 7", "2026-11-21T14:00:00Z", "2026-11-22T12:00:00.000Z"),
        ("0 12 * * 0", "2026-11-21T14:00:00Z", "2026-11-22T12:00:00.000Z"),
        ("0 12 * * MON-FRI", "2026-11-21T14:00:00Z", "2026-11-23T12:00:00.000Z"),
        ("0 0 * * 5-7", "2026-11-22T00:00:00Z", "2026-11-27T00:00:00.000Z"),
        // Both days restricted: either does.
        ("0 0 13 * fri", "2026-11-21T00:00:00Z", "2026-11-27T00:00:00.000Z"),
        ("0 0 13 * fri", "2026-12-12T00:00:00Z", "2026-12-13T00:00:00.000Z"),
        // One begins with `*`: both must.
        ("0 0 */2 * mon", "2026-11-21T00:00:00Z", "2026-11-23T00:00:00.000Z"),
        ("0 0 29 2 */7", "2026-11-21T00:00:00Z", "2032-02-29T00:00:00.000Z"),
        ("5 0 * jan,dec *", "2026-01-31T00:06:00Z", "2026-12-01T00:05:00.000Z"),
        ("0 0 1 1 *", "1969-12-31T23:59:59Z", "1970-01-01T00:00:00.000Z"),
    ]

    @Test(arguments: times)
    func theNextTime(_ time: (text: String, after: String, next: String)) throws {
        let schedule = try CronSchedule(time.text)
        let after = try #require(WallTime(text: time.after))
        #expect(schedule.next(after: after)?.text == time.next)
    }

    /// From anywhere between two times the next one is the later.
    @Test(arguments: ["*/7 3-5 * * *", "1,31 */11 10-12 * 2", "59 23 31 * *", "0 0 * 2 6"])
    func nothingStandsBetweenTwoTimes(_ text: String) throws {
        let schedule = try CronSchedule(text)
        var time = try #require(WallTime(text: "2026-01-01T00:00:00Z"))
        for _ in 0..<40 {
            let next = try #require(schedule.next(after: time))
            let minutes = (next.milliseconds - time.milliseconds) / 60_000
            if minutes > 1 {
                let probe = time.advanced(byMilliseconds: (minutes / 2) * 60_000)
                #expect(schedule.next(after: probe) == next, "nothing between two times")
            }
            #expect(schedule.next(after: next.advanced(byMilliseconds: -1)) == next)
            time = next
        }
    }

    @Test func blanksAreOne() throws {
        #expect(try CronSchedule(" 0\t4  * * * ").text == "0 4 * * *")
        #expect(try CronSchedule("0 4 * * *") == CronSchedule("0  4 * * *"))
    }

    @Test func theEndOfTimeHasNoNext() throws {
        let schedule = try CronSchedule("* * * * *")
        #expect(schedule.next(after: WallTime(milliseconds: .max)) == nil)
        #expect(schedule.next(after: WallTime(milliseconds: .min)) != nil)
    }

    @Test(arguments: [
        ("", "0 fields"), ("* * * *", "4 fields"), ("* * * * * *", "6 fields"),
        ("@daily", "1 fields"), ("60 * * * *", "`60` is no minute"), ("* 24 * * *", "no hour"),
        ("* * 0 * *", "no day"), ("* * * 13 *", "no month"), ("* * * * 8", "day of the week"),
        ("-1 * * * *", "no minute"), ("5-1 * * * *", "no minute"), ("*/0 * * * *", "no minute"),
        ("5/2 * * * *", "no minute"), (", * * * *", "no minute"), ("1, * * * *", "no minute"),
        ("1-2-3 * * * *", "no minute"), ("*/x * * * *", "no minute"), ("a * * * *", "no minute"),
        ("99999999999999999999 * * * *", "no minute"), ("* * * fev *", "no month"),
        ("0 0 30 2 *", "never comes"), ("0 0 31 2,4,6,9,11 *", "never comes"),
    ])
    func refuses(_ text: String, _ words: String) {
        do throws(CronSchedule.Fault) {
            _ = try CronSchedule(text)
            Issue.record("took \(text)")
        } catch {
            #expect(error.found.contains(words), "\(error)")
            #expect(!error.expected.isEmpty)
        }
    }
}
