import Testing

@testable import MMSConsole

/// Parts of bodies: what is asked for, and what an answer says it is.
@Suite struct RangeTests {
    @Test(arguments: [
        ("bytes=0-99", 0, 100), ("bytes=100-", 100, 900), ("bytes=-1", 999, 1),
        ("bytes=-5000", 0, 1000), ("bytes=990-5000", 990, 10), ("bytes=999-999", 999, 1),
        ("bytes=1000-", 1000, 1), ("bytes=2000-2001", 2000, 1),
    ]) func aRangeIsReadAndCut(text: String, start: Int, count: Int) {
        let range = ByteRange(text, of: 1000)
        #expect(range?.start == start)
        #expect(range?.count == count)
    }

    @Test(arguments: [
        "", "bytes", "bytes=", "bytes=-", "bytes=-0", "bytes=9-1", "bytes=a-b", "bytes=0-1,5-9",
        "items=0-1", "bytes=-1-2", "bytes=99999999999999999999-",
    ]) func whatIsNoRangeIsNone(text: String) { #expect(ByteRange(text, of: 1000) == nil) }

    @Test func theRangeOfAnAnswerIsRead() {
        let range = ContentRange("bytes 10-19/1000")
        #expect(range?.start == 10)
        #expect(range?.count == 10)
        #expect(range?.size == 1000)
        #expect(ContentRange("bytes 0-0/*")?.size == nil)
    }

    @Test(arguments: [
        "", "bytes */1000", "bytes 9-1/10", "bytes 0-1", "bytes 0-1/x", "0-1/2",
        "bytes 0-9223372036854775807/1",
    ]) func whatIsNoRangeOfAnAnswerIsNone(text: String) { #expect(ContentRange(text) == nil) }
}
