internal import Host
internal import Node
internal import Resources
internal import ZeroProcs

/// What is proposed: notes with a text of 256 bytes in the namespace `/bench`.
struct Notes: Sendable {
    /// The notes that exist, for updates and reads.
    let ids: [Identifier]
    private let type: TypeName
    private let namespace: Namespace
    private static let caller = Caller(identity: .local(uid: 0), right: .administrator)
    private static let text = String(
        decoding: (0..<256).map { UInt8(ascii: "a") + UInt8($0 % 26) }, as: UTF8.self)

    /// Installs the type and creates 10,000 notes.
    init(in rig: Rig) throws {
        type = try TypeName("note")
        namespace = try Namespace("/bench")
        let definition = TypeDefinition(
            name: type, summary: "A note.", role: .desired, writer: "people",
            fields: [.init("text", .text, "Text.")], columns: ["text"])
        try rig.circle.install(
            CoreTypes.all + [definition], clock: LinuxClock(), entropy: LinuxEntropy())
        let entropy = LinuxEntropy()
        let ids = (0..<10_000).map { _ in entropy.identifier(at: LinuxClock().now) }
        self.ids = ids
        for first in stride(from: 0, to: ids.count, by: 100) {
            let commands = try (first..<first + 100).map { try create(ids[$0], name: "k\($0)") }
            _ = try rig.circle.fleet.propose(Self.proposal(commands)).get()
        }
    }

    /// The `index`-th request of a load: `count` notes replaced, chosen by `random`.
    func replacing(_ count: Int, _ random: inout SplitMix) -> Proposal {
        let first = Int(random.next() % UInt64(ids.count - count + 1))
        return Self.proposal(
            ids[first..<first + count].map { id in
                var update = Update(id: id, data: ["text": .text(Self.text)])
                update.replaces = true
                return .update(update)
            })
    }

    /// A request that creates a note with a new identity and name.
    func creating(_ random: inout SplitMix) -> Proposal {
        let time = LinuxClock().now
        let id = Identifier(time: time, random: (random.next(), random.next()))
        do throws(NameError) {
            return Self.proposal([try create(id, name: id.description)])
        } catch {
            stop("\(error.text) is no name: \(error.reason)")
        }
    }

    private func create(_ id: Identifier, name: String) throws(NameError) -> Command {
        .create(
            Draft(
                id: id, type: type, namespace: namespace, name: try ResourceName(name),
                data: ["text": .text(Self.text)]))
    }

    private static func proposal(_ commands: [Command]) -> Proposal {
        Proposal(caller: caller, batch: Batch(commands), time: LinuxClock().now)
    }
}
