import Host
import Resources
import Testing
import Trust

@testable import Reproduction

@Suite struct SecretScannerTests {
    private static let key = Content.bytes(32, seed: 9)
    private static let password = Array("correct horse battery".utf8)

    private func scanner(_ more: [KnownSecret] = []) throws -> SecretScanner {
        try SecretScanner(
            [
                KnownSecret("the key", SecretBytes(copying: Self.key)),
                KnownSecret("the password", SecretBytes(copying: Self.password)),
                KnownSecret(
                    "the host name", SecretBytes(copying: Array("gandalf".utf8)), isName: true),
            ] + more)
    }

    private static func hex(_ bytes: [UInt8], uppercase: Bool = false) -> String {
        bytes.map { byte in
            let digits = String(byte, radix: 16, uppercase: uppercase)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    private static func utf16(_ text: [UInt8], big: Bool) -> [UInt8] {
        text.flatMap { big ? [0, $0] : [$0, 0] }
    }

    /// The key and the password as others write them.
    static var forms: [(form: [UInt8], label: String, encoding: SecretEncoding)] {
        var forms: [(form: [UInt8], label: String, encoding: SecretEncoding)] = [
            (key, "the key", .raw), (password, "the password", .raw),
            (Array(hex(key).utf8), "the key", .hex),
            (Array(hex(key, uppercase: true).utf8), "the key", .hex),
            (utf16(password, big: false), "the password", .utf16),
            (utf16(password, big: true), "the password", .utf16),
        ]
        for shift in 0..<3 {
            for (secret, label) in [(key, "the key"), (password, "the password")] {
                let text = Content.bytes(shift, seed: 3) + secret + Content.bytes(5, seed: 4)
                forms.append((Array(Base64.encode(text).utf8), label, .base64))
                forms.append((Array(Base64.encodeURL(text).utf8), label, .base64))
            }
        }
        return forms
    }

    @Test("F7: a secret is found in every form", arguments: 0..<18)
    func everyFormIsFoundWhereverItIs(number: Int) throws {
        let (form, label, encoding) = Self.forms[number]
        let scanner = try scanner()
        for before in [0, 1, 1000, 262_140] {
            let place = Content.bytes(before, seed: 5) + form + Content.bytes(77, seed: 6)
            let found = scanner.scan(place, of: "a place")
            #expect(found.count == 1)
            #expect(found.first?.label == label)
            #expect(found.first?.encoding == encoding)
            let end = try #require(found.first?.offset)
            #expect(end > Int64(before) && end <= Int64(before + form.count))
        }
    }

    @Test func aSecretAcrossPiecesIsFound() throws {
        let scanner = try scanner()
        let text = Content.bytes(100, seed: 7) + Self.key + Content.bytes(100, seed: 8)
        for cut in 90...140 {
            var stream = scanner.stream("a stream")
            stream.scan(text[..<cut])
            stream.scan(text[cut...])
            #expect(stream.findings.map(\.offset) == [132])
        }
    }

    @Test func halfOfALongSecretIsFound() throws {
        let long = Content.bytes(1700, seed: 10)
        let scanner = try scanner([KnownSecret("a certificate", SecretBytes(copying: long))])
        let found = scanner.scan(Array(long[900..<1500]), of: "a place")
        #expect(found.map(\.label) == ["a certificate"])
    }

    @Test func randomBytesHoldNothing() throws {
        let found = try scanner().scan(Content.bytes(1 << 20, seed: 11), of: "noise")
        #expect(found.isEmpty)
    }

    @Test func agreesWithASearchOfEveryPlace() throws {
        // Few letters, so that patterns overlap and their starts fail late.
        for seed in 1...UInt64(40) {
            var random = SeededRandom(seed: seed)
            func letters(_ count: Int) -> [UInt8] {
                (0..<count).map { _ in random.oneIn(2) ? 97 : 98 }
            }
            let secrets = (0..<4).map { (_: Int) -> [UInt8] in
                letters(6 + Int(random.next() % 3))
            }
            let text = letters(60)
            let scanner = try SecretScanner(
                secrets.enumerated().map { KnownSecret("\($0)", SecretBytes(copying: $1)) })
            let found = scanner.scan(text, of: "text").filter { $0.encoding == .raw }
            let isThere = secrets.contains { secret in
                text.indices.contains { text[$0...].starts(with: secret) }
            }
            #expect(!found.isEmpty == isThere, "seed \(seed)")
            for finding in found {
                let secret = secrets[try #require(Int(finding.label))]
                #expect(text[..<Int(finding.offset)].suffix(secret.count).elementsEqual(secret))
            }
        }
    }

    @Test func whatIsTooShortIsSaid() throws {
        let short = KnownSecret("the PIN", SecretBytes(copying: Array("12345".utf8)))
        let scanner = try scanner([short])
        #expect(scanner.tooShort == ["the PIN"])
        #expect(scanner.scan("12345", of: "a place").isEmpty)
    }

    @Test func tooManySecretsAreRefused() throws {
        let many = (0..<2000).map {
            KnownSecret("\($0)", SecretBytes(copying: Content.bytes(32, seed: UInt64($0))))
        }
        #expect(Sample.refusal { _ = try SecretScanner(many) }?.kind == .tooLarge)
    }

    @Test func foldersAreLookedThroughWithNamesAndLinks() throws {
        let folder = try Scratch()
        defer { folder.remove() }
        try folder.files.makeFolder(folder.path + "/a/b")
        try folder.files.replace(folder.path + "/a/b/c", with: Content.bytes(70_000) + Self.key)
        try folder.files.link(folder.path + "/a/link", to: "/home/gandalf/x")
        try folder.files.replace(folder.path + "/a/gandalf.txt", with: [])
        let found = try scanner().scan(path: folder.path + "/a")
        #expect(
            Set(found.map(\.place)) == [
                folder.path + "/a/b/c", folder.path + "/a/link",
                "the name \(folder.path)/a/gandalf.txt",
            ])
        #expect(
            Sample.refusal { _ = try scanner().scan(path: folder.path + "/z") }?.kind == .missing)
    }

    @Test func aReportNeverShowsTheSecret() throws {
        let found = try scanner().scan(Self.password, of: "a place")
        let refusal = try #require(SecretScanner.refusal(found))
        #expect(refusal.kind == .secretFound)
        for text in ["\(found)", "\(refusal)", String(reflecting: found)] {
            #expect(!text.contains("horse"))
        }
        #expect(SecretScanner.refusal([]) == nil)
    }

    @Test func aNameCountsOnlyInWhatTheParentMade() throws {
        let store = BlobStore(disk: SimulatedDisk(seed: 1), path: "/blobs", quota: .max)
        let program = try store.put(Array("a program of gandalf".utf8))
        func description(_ origins: [Description.Origin]) throws -> Description {
            try Description(
                sequence: 1, architecture: .x86_64,
                files: [.init("x", mode: 0o755, .file(program))], provenance: origins)
        }
        let own = try scanner().scan(try description([]), in: store)
        #expect(own.map(\.label) == ["the host name"])
        let origin = Sample.origin(program)
        #expect(try scanner().scan(try description([origin]), in: store).isEmpty)
        let secret = try store.put(Self.key)
        let leaking = try Description(
            sequence: 1, architecture: .x86_64,
            files: [.init("x", mode: 0o755, .file(secret))], provenance: [Sample.origin(secret)])
        #expect(try scanner().scan(leaking, in: store).map(\.label) == ["the key"])
    }
}
