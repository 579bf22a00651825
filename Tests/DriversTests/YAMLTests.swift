internal import Host
internal import Resources
internal import Testing

@Suite struct YAMLTests {
    @Test func readsMapsListsAndScalars() throws {
        let documents = try YAMLReader.read(
            """
            # a comment
            text: hello world
            quoted: "yes"
            single: '010'
            int: -42
            float: 0.5
            exponent: 1e3
            on-off: [true, false, null]
            size: 64MiB
            version: 1.4.0
            clock: 12:30
            block: |
              two
              lines
            map: {a: 1, b: {c: []}}
            list:
              - x
              - {y: z}
            """)
        #expect(documents.count == 1)
        #expect(
            documents[0].value == [
                "text": "hello world", "quoted": "yes", "single": "010", "int": -42,
                "float": 0.5, "exponent": 1000.0, "on-off": [true, false, .null],
                "size": "64MiB", "version": "1.4.0", "clock": "12:30",
                "block": "two\nlines\n", "map": ["a": 1, "b": ["c": []]],
                "list": ["x", ["y": "z"]],
            ])
    }

    @Test func knowsWherePartsWereWritten() throws {
        let document = try YAMLReader.read("a: 1\nb:\n  c:\n    - x\n    - d: 2\n")[0]
        #expect(document.location(of: ["b", "c"]).description == "3:3")
        #expect(document.location(of: ["b", "c", "1"]).description == "5:7")
        #expect(document.location(of: ["b", "c", "1", "d"]).description == "5:7")
        #expect(document.location(of: ["b", "none"]).description == "2:1")
        #expect(document.location(of: []).description == "1:1")
    }

    @Test func readsSeveralDocuments() throws {
        let documents = try YAMLReader.read("a: 1\n---\na: 2\n---\n- 3\n")
        #expect(documents.map(\.value) == [["a": 1], ["a": 2], [3]])
        #expect(documents[1].location(of: ["a"]).description == "3:1")
        #expect(try YAMLReader.read("").isEmpty)
        #expect(try YAMLReader.read("# nothing\n").isEmpty)
    }

    static let refusals: [(text: String, place: String, words: String)] = [
        ("a: &x 1", "1:4", "anchors"), ("a: *x", "1:4", "anchors"), ("a: !!str 1", "1:4", "tags"),
        ("a: !x {}", "1:4", "tags"), ("<<: {a: 1}", "1:1", "merge"),
        ("a: 1\nb:\n  <<: 2", "3:3", "merge"), ("a: yes", "1:4", "write true, or quote it"),
        ("a: No", "1:4", "write false, or quote it"), ("a: on", "1:4", "quote it"),
        ("a: OFF", "1:4", "quote it"), ("a: True", "1:4", "quote it"), ("a: n", "1:4", "quote it"),
        ("a: Null", "1:4", "quote it"), ("a: ~", "1:4", "no value"),
        ("a:\nb: 1", "1:3", "no value"),
        ("a: 010", "1:4", "quote it"), ("a: 0x1F", "1:4", "quote it"),
        ("a: 0o17", "1:4", "quote it"), ("a: 1_000", "1:4", "quote it"),
        ("a: +1", "1:4", "quote it"), ("a: .5", "1:4", "quote it"), ("a: 1.", "1:4", "quote it"),
        ("a: .inf", "1:4", "finite"), ("a: .NaN", "1:4", "finite"),
        ("a: 9223372036854775808", "1:4", "64 bits"), ("a: 1e999", "1:4", "outside"),
        ("a: 1\nb: 2\na: 3", "3:1", "the first is at 1:1"), ("{a: 1, a: 2}", "1:8", "twice"),
        ("? [a]\n: b", "1:3", "as a key"), ("{a: 1}: 2", "1:1", "as a key"),
        ("a: [1, 2", "2:1", "expected"), ("a: 1\n b: 2", "2:3", ""), ("a: \"x", "1:6", ""),
        ("\ta: 1", "1:1", "token"), (": 1", "1:1", "expected key"), ("?\n: 1", "1:2", "no key"),
        ("a: b: c", "1:5", "mapping"),
        ("a: @x", "1:4", "token"), ("a: \u{7}", "1:4", ""),
    ]

    @Test(arguments: refusals)
    func refuses(text: String, place: String, words: String) {
        do throws(YAMLError) {
            let documents = try YAMLReader.read(text)
            Issue.record("took \(text) as \(documents.map(\.value))")
        } catch {
            #expect(error.location.description == place, "\(error)")
            #expect(error.description.contains(words), "\(error)")
        }
    }

    @Test func refusesWhatIsTooLargeTooDeepTooManyOrNotUTF8() {
        let limit = Limits.yamlBytes.value
        let cases: [([UInt8], String)] = [
            (Array(repeating: UInt8(ascii: "a"), count: limit + 1), "the limit is \(limit)"),
            (Array(String(repeating: "[", count: 100).utf8), "nested too deeply"),
            (Array(String(repeating: "[", count: 500_000).utf8), "nested too deeply"),
            (Array(String(repeating: "--- 1\n", count: 1001).utf8), "one document too many"),
            ([0x61, 0x3A, 0x20, 0xFF], "not UTF-8"), ([0xED, 0xA0, 0x80], "not UTF-8"),
        ]
        for (bytes, words) in cases {
            do throws(YAMLError) {
                _ = try YAMLReader.read(bytes)
                Issue.record("took it: \(words)")
            } catch { #expect(error.description.contains(words), "\(error)") }
        }
    }

    /// Random bytes and random edits of good text: an answer or an error, never a crash, and an
    /// error always within the text.
    @Test(arguments: UInt64(1)...20)
    func randomBytesGiveAnAnswerOrAnError(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let alphabet = Array("abc:-[]{},\"'#&*!|>%@` \n\t0123456789.~?<_\u{0}é".utf8)
        let good = Array("app: x\ncomponents:\n  web: {run: [1, 'two']}\n".utf8)
        for round in 0..<500 {
            var bytes = round % 2 == 0 ? good : []
            for _ in 0..<random.next(upperBound: UInt64(60)) {
                let byte =
                    random.oneIn(8)
                    ? UInt8(truncatingIfNeeded: random.next())
                    : alphabet[Int(random.next(upperBound: UInt64(alphabet.count)))]
                bytes.insert(byte, at: Int(random.next(upperBound: UInt64(bytes.count + 1))))
            }
            do throws(YAMLError) {
                for document in try YAMLReader.read(bytes) {
                    #expect(document.location(of: []).line >= 1)
                }
            } catch {
                let lines = bytes.count { $0 == 0x0A || $0 == 0x0D || $0 == 0x85 || $0 >= 0xA8 } + 2
                #expect(error.location.line <= lines)
                #expect(!error.found.isEmpty && !error.expected.isEmpty)
            }
        }
    }
}
