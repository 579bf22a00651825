import Host
import Resources
import Testing
import Trust

@testable import Reproduction

/// Copies to a host whose connection is a shell of this machine: the script is the one that ssh
/// runs elsewhere.
@Suite struct HostCopyTests {
    private let system = SmallSystem()

    /// A folder where a host is, its address, and the shell that is its connection; with `bytes`
    /// the connection ends after so many.
    private struct Ground {
        let scratch: Scratch
        let address: HostAddress

        init() throws {
            scratch = try Scratch()
            address = try HostAddress("ssh://pi\(scratch.path)/copy")
        }

        var path: String { address.directory }

        func launch(endingAfter bytes: Int? = nil) -> Launch {
            let shell = HostScript.command(directory: path)
            guard let bytes else { return Launch("/bin/sh", ["-c", shell]) }
            return Launch("/bin/sh", ["-c", "stdbuf -o0 head -c \(bytes) | (\(shell))"])
        }
    }

    private func onGround(_ body: (Ground) throws -> Void) throws {
        let ground = try Ground()
        defer { ground.scratch.remove() }
        try body(ground)
    }

    @Test func aCopyHasAllAndIsACopyToEveryOtherReader() throws {
        try onGround { ground in
            var states: [String] = []
            let progress = try system.reproducer().toHost(
                ground.address, over: ground.launch(),
                report: { progress in
                    let word = progress.controller.state.word
                    if states.last != word { states.append(word) }
                })
            #expect(states == ["gathering", "verified", "constructing", "written", "good"])
            #expect(progress.done == progress.total)
            #expect(progress.copied == Int64(system.program.count + system.data.count))
            let copy = CopyDirectory(ground.path)
            #expect(try copy.description() == system.description())
            #expect(try copy.store.list() == system.description().blobs)
            #expect(try copy.store.damaged().isEmpty)
            #expect(try copy.release() == nil)
            let said = Shell.run("\(ground.path)/pisces a b")
            #expect(said.text.hasSuffix("ran a b\n"))
            #expect(ground.scratch.files.mode(ground.path + "/description") == 0o600)
        }
    }

    @Test func askedAgainItMovesOnlyWhatIsMissing() throws {
        try onGround { ground in
            _ = try system.reproducer().toHost(ground.address, over: ground.launch())
            let again = try system.reproducer().toHost(ground.address, over: ground.launch())
            #expect(again.copied == 0)
            let changed = try system.description(sequence: 2, text: "goodbye")
            let refusal = Sample.refusal {
                _ = try system.reproducer(changed).toHost(ground.address, over: ground.launch())
            }
            #expect(refusal?.kind == .refused)
            #expect(try CopyDirectory(ground.path).description() == system.description())
            let forced = try system.reproducer(changed).toHost(
                ground.address, over: ground.launch(), isForced: true)
            #expect(forced.copied == 0)
            #expect(try CopyDirectory(ground.path).description() == changed)
        }
    }

    @Test(arguments: [0, 10, 70, 200, 300_000, 900_000, 900_400, 901_100])
    func aHostThatVanishesHalfWayIsNamedAndTheCopyGoesOn(bytes: Int) throws {
        try onGround { ground in
            let refusal = Sample.refusal {
                _ = try system.reproducer().toHost(
                    ground.address, over: ground.launch(endingAfter: bytes))
            }
            #expect(refusal?.kind == .failed)
            #expect(refusal?.cause.hasPrefix("the connection ended") == true)
            let store = CopyDirectory(ground.path).store
            let had = try store.partialSize(of: Blob(of: system.data).digest)
            let progress = try system.reproducer().toHost(ground.address, over: ground.launch())
            #expect(progress.copied <= Int64(system.program.count + system.data.count) - had)
            #expect(try CopyDirectory(ground.path).description() == system.description())
            #expect(try store.damaged().isEmpty)
            if bytes == 300_000 { #expect(had > 200_000) }
        }
    }

    @Test func whatAnInterruptedCopyLeftDamagedIsCopiedAnew() throws {
        try onGround { ground in
            let blob = Blob(of: system.data)
            let part = CopyDirectory(ground.path).store.partial(blob.digest)
            let folder = String(part[..<(part.lastIndex(of: "/") ?? part.startIndex)])
            try ground.scratch.files.makeFolder(folder)
            try ground.scratch.files.replace(part, with: [UInt8](repeating: 7, count: 500_000))
            _ = try system.reproducer().toHost(ground.address, over: ground.launch())
            #expect(try CopyDirectory(ground.path).store.damaged().isEmpty)
        }
    }

    @Test func aBitThatFlipsOnTheHostIsFoundAndMendedTheNextTime() throws {
        try onGround { ground in
            _ = try system.reproducer().toHost(ground.address, over: ground.launch())
            var bytes = system.data
            bytes[12_345] ^= 1
            let place = CopyDirectory(ground.path).store.place(Blob(of: system.data).digest)
            try ground.scratch.files.replace(place, with: bytes)
            let refusal = Sample.refusal {
                _ = try system.reproducer().toHost(ground.address, over: ground.launch())
            }
            #expect(refusal?.kind == .damaged)
            let mended = try system.reproducer().toHost(ground.address, over: ground.launch())
            #expect(mended.copied == Int64(system.data.count))
            #expect(try CopyDirectory(ground.path).store.damaged().isEmpty)
        }
    }

    @Test func aSecretOrAFlippedBitOfThisMachineIsNeverSent() throws {
        try onGround { ground in
            let key = KnownSecret("the key", SecretBytes(copying: system.data[99..<131]))
            let found = Sample.refusal {
                _ = try system.reproducer(secrets: [key]).toHost(
                    ground.address, over: ground.launch())
            }
            #expect(found?.kind == .secretFound)
            var bytes = system.data
            bytes[777] ^= 1
            let liar = MemorySource(lying: Blob(of: system.data).digest, bytes)
            let description = try system.description()
            let copier = Reproducer(
                description, from: [liar, MemorySource([system.program])],
                scanner: try SecretScanner([]), running: [], clock: LinuxClock())
            let damaged = Sample.refusal {
                _ = try copier.toHost(ground.address, over: ground.launch())
            }
            #expect(damaged?.kind == .damaged)
            #expect(ground.scratch.files.kind(ground.path) == nil)
        }
    }

    @Test func onlyOneCopyGoesToADirectoryAtATime() throws {
        try onGround { ground in
            let clock = LinuxClock()
            let first = try HostLink(ground.launch(), host: "ssh://pi", clock: clock)
            try first.tell("begin", expecting: "ready")
            let refusal = Sample.refusal {
                _ = try system.reproducer().toHost(ground.address, over: ground.launch())
            }
            #expect(refusal?.kind == .busy)
            #expect(try first.ask("has \(Blob(of: system.data).digest.hex) 1") == "part 0")
        }
    }

    @Test func whatThisMachineRunsFromIsRefusedWhereItIsTheSameKernel() throws {
        try onGround { ground in
            let running = [ground.scratch.path]
            let refusal = Sample.refusal {
                _ = try system.reproducer(running: running).toHost(
                    ground.address, over: ground.launch(), isForced: true)
            }
            #expect(refusal?.cause == "this machine runs from it")
        }
    }

    @Test func aNodeThatWasNeverThereIsNotStoppedOrErased() throws {
        try onGround { ground in
            _ = try system.reproducer().toHost(ground.address, over: ground.launch())
            let state = ground.scratch.path + "/state"
            let node = try HostNode(
                try ResourceName("pi"), at: ground.address, over: ground.launch(), state: state,
                bus: "127.0.0.1:7118", listen: nil, clock: LinuxClock())
            let installed = try system.description().digest
            #expect(try node.look() == .init(generation: installed, life: .none))
            try node.stop()
            try ground.scratch.files.makeFolder(state)
            try ground.scratch.files.replace(state + "/letter", with: [1])
            try node.erase()
            #expect(ground.scratch.files.kind(state + "/letter") != nil)
            #expect(ground.scratch.files.kind(ground.path) == nil)
            #expect(try node.look() == .init(generation: nil, life: .none))
        }
    }
}
