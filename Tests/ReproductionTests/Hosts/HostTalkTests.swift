import Host
import Resources
import Testing
import Trust

@testable import Reproduction

/// What hosts say, and what becomes of it.
@Suite struct HostTalkTests {
    private let generation = ContentDigest(of: [1])

    private func look(_ content: String, processor: String? = nil) -> HostLook? {
        HostLook(
            "Linux \(processor ?? Description.Architecture.own.rawValue) 4096 writable \(content) b"
        )
    }

    private func refusal(_ look: HostLook?, needed: Int64 = 1) throws -> ReproductionError? {
        let look = try #require(look)
        let address = try HostAddress("ssh://pi")
        let description = try Description(sequence: 1, architecture: .own, files: [])
        return Sample.refusal {
            try look.facts(address, of: generation).check(description, needed: needed)
        }
    }

    @Test func aHostWithRoomAndNothingThereIsTaken() throws {
        for content in ["absent", "empty", "begun", "copy:\(generation.hex)"] {
            #expect(try refusal(look(content)) == nil)
        }
    }

    @Test func whatADirectoryHoldsIsNotLostUnasked() throws {
        let other = ContentDigest(of: [2])
        let copy = try refusal(look("copy:\(other.hex)"))
        #expect(copy?.cause == "it holds the system \(other)")
        #expect(copy?.remedy.contains("--force") == true)
        #expect(try refusal(look("files:3"))?.cause == "it holds 3 files")
        #expect(try refusal(look("file"))?.cause == "/opt/pisces is a file there")
    }

    @Test func anotherProcessorASmallDiskAndAReadOnlyOneAreRefused() throws {
        let other = Description.Architecture.own == .x86_64 ? "aarch64" : "x86_64"
        #expect(try refusal(look("absent", processor: other))?.cause.contains(other) == true)
        let strange = try refusal(look("absent", processor: "riscv64"))
        #expect(strange?.cause == "its processor is a riscv64")
        #expect(try refusal(look("absent"), needed: 4 << 20) == nil)
        #expect(try refusal(look("absent"), needed: 4 << 20 | 1)?.kind == .tooLarge)
        let own = Description.Architecture.own.rawValue
        #expect(
            try refusal(HostLook("Linux \(own) 1 readonly absent b"))?.cause == "it is read-only")
        #expect(
            try refusal(HostLook("FreeBSD \(own) 1 writable absent b"))?.cause
                == "it runs FreeBSD")
    }

    @Test(arguments: [
        "", "Linux", "Linux x86_64 1 writable absent", "Linux x86_64 -1 writable absent b",
        "Linux x86_64 x writable absent b", "Linux x86_64 1 perhaps absent b",
        "Linux x86_64 1 writable copy:12 b", "Linux x86_64 1 writable files:x b",
        "Linux x86_64 1 writable absent b c",
    ])
    func anAnswerOfAnotherFormIsNone(line: String) { #expect(HostLook(line) == nil) }

    @Test(
        arguments: [
            ("Host key verification failed.", .untrusted, "not known"),
            (
                "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.",
                .untrusted, "another than the known"
            ),
            ("root@pi: Permission denied (publickey).", .notAllowed, "none of the keys"),
            ("ssh: Could not resolve hostname pi: Name or service not known", .missing, "address"),
            ("ssh: connect to host pi port 22: Connection refused", .failed, "no ssh server"),
            ("ssh: connect to host pi port 22: Connection timed out", .failed, "does not answer"),
            ("Timeout, server pi not responding.", .failed, "Timeout, server pi"),
            (
                "client_loop: send disconnect: Broken pipe", .failed,
                "the connection ended (exit 255)"
            ),
            ("", .failed, "the connection ended (exit 255)"),
        ] as [(String, ReproductionError.Kind, String)])
    func whatSshSaysIsToldApart(said: String, kind: ReproductionError.Kind, cause: String) {
        let error = HostFailure.ended(said, exit: .code(255), host: "ssh://pi")
        #expect(error.kind == kind)
        #expect(error.cause.contains(cause))
        #expect(error.subject == "ssh://pi")
        #expect(!error.remedy.isEmpty)
    }

    @Test(
        arguments: [
            ("disk head: write error: No space left on device", .noSpace),
            ("disk mkdir: cannot create directory: Permission denied", .failed),
            ("busy", .busy), ("tools there is no flock", .refused), ("apps process 7", .refused),
            ("unit /etc/x", .refused), ("node it ended", .failed), ("gibberish", .badForm),
            ("", .badForm),
        ] as [(Substring, ReproductionError.Kind)])
    func whatTheScriptSaysIsToldApart(said: Substring, kind: ReproductionError.Kind) {
        #expect(HostFailure.told(said, host: "ssh://pi").kind == kind)
    }

    @Test func aMissingSshIsNamedWithItsPackage() throws {
        let clock = LinuxClock()
        let error = Sample.refusal {
            _ = try HostLink(Launch("no-such-ssh"), host: "ssh://pi", clock: clock)
        }
        #expect(error?.kind == .missing)
        #expect(error?.remedy == "install openssh-client")
    }

    @Test(arguments: ["echo hello", "yes hello | head -c 100000", "cat /dev/zero | head -c 99999"])
    func aShellThatAnswersSomethingElseIsRefused(program: String) {
        let clock = LinuxClock()
        let error = Sample.refusal {
            _ = try HostLink(Launch("/bin/sh", ["-c", program]), host: "ssh://pi", clock: clock)
        }
        #expect(error?.kind == .badForm || error?.kind == .failed)
    }

    @Test func oneThatSaysNothingIsGivenUpWhenItIsNotWantedAnyMore() {
        let clock = LinuxClock()
        let error = Sample.refusal {
            _ = try HostLink(
                Launch("/bin/sh", ["-c", "exec sleep 100"]), host: "ssh://pi", clock: clock,
                isCancelled: { true })
        }
        #expect(error?.kind == .cancelled)
    }
}

@Suite struct HostPlanTests {
    private let generation = ContentDigest(of: [1])

    @Test func stepsFollowWhatIsSeen() {
        func next(_ isInstalled: Bool, _ life: HostNode.Life, _ wasRemoved: Bool = false)
            -> HostPlan
        {
            HostPlan.next(
                .init(generation: isInstalled ? generation : nil, life: life),
                wasRemoved: wasRemoved)
        }
        #expect(next(false, .none) == .copy)
        #expect(next(false, .rests) == .copy)
        #expect(next(true, .none) == .join)
        #expect(next(true, .rests) == .start)
        #expect(next(true, .runs(pid: 7)) == .runs(pid: 7))
        #expect(next(false, .runs(pid: 7)) == .runs(pid: 7))
        // A removed node's key is refused for ever; where nothing is left of it, it may join anew.
        #expect(next(true, .none, true) == .join)
        for life in [HostNode.Life.rests, .runs(pid: 7)] {
            guard case .stuck = next(true, life, true) else {
                Issue.record("a removed node is not run again")
                continue
            }
        }
    }

    @Test(
        arguments: [
            ("pi", "/opt/pisces/state", "10.0.0.8:7118", nil), ("pi", "/opt", "10.0.0.8:7118", nil),
            ("pi", "/opt/pisces", "10.0.0.8:7118", nil), ("pi", "/a b", "10.0.0.8:7118", nil),
            ("pi", nil, "pi:7118", nil), ("pi", nil, "10.0.0.8", nil),
            ("pi", nil, "10.0.0.8:0", nil),
            ("pi", nil, "10.0.0.8:7118", "x;ls:1"), ("p;i", nil, "10.0.0.8:7118", nil),
        ] as [(String, String?, String, String?)])
    func whatAShellOrAUnitMightTakeForMoreIsRefused(
        name: String, state: String?, bus: String, listen: String?
    ) throws {
        let address = try HostAddress("ssh://pi")
        let clock = LinuxClock()
        let refusal = Sample.refusal {
            _ = try HostNode(
                try ResourceName(name), at: address, access: HostAccess(), state: state, bus: bus,
                listen: listen, clock: clock)
        }
        #expect(refusal?.kind == .refused)
        #expect(refusal?.operation == "make a node of")
    }
}
