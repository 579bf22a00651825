import FoundationEssentials
import Host
import Testing

/// The short form of the fuzzers: all that `Fuzz/Corpus` holds, findings among it, and seeded
/// mutations of it.
@Suite struct CorpusTests {
    @Test(arguments: FuzzTarget.all.map(\.name))
    func everyInputOfTheCorpusKeepsThePromises(target: String) throws {
        let check = try #require(FuzzTarget.named(target))
        let corpus = try Self.corpus(target)
        #expect(!corpus.isEmpty, "there is no input for \(target)")
        for (name, bytes) in corpus {
            #expect(check.broken(bytes) == nil, "Fuzz/Corpus/\(target)/\(name)")
        }
    }

    @Test(arguments: FuzzTarget.all.map(\.name))
    func mutationsKeepThePromises(target: String) throws {
        let check = try #require(FuzzTarget.named(target))
        var mutator = Mutator(seed: 1, corpus: try Self.corpus(target).map(\.bytes))
        for _ in 0..<(target == "segment" ? 1000 : 10_000) {
            let input = mutator.next()
            if let broken = check.broken(input) {
                Issue.record("\(target) \(broken): \(Data(input).base64EncodedString())")
            }
        }
    }

    /// The inputs kept for a target, in order of their names.
    static func corpus(_ target: String) throws -> [(name: String, bytes: [UInt8])] {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let folder = root.appending(path: "Fuzz/Corpus/\(target)").path
        return try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map { name in
            (name, Array(try Data(contentsOf: URL(filePath: folder + "/" + name))))
        }
    }
}
