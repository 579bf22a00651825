import Host
import Resources
import Testing

@testable import Reproduction

@Suite struct TargetTests {
    private func description(
        boots: Bool = true, _ architecture: Description.Architecture = .x86_64
    ) throws -> Description {
        try Description(
            sequence: 1, architecture: architecture, files: Sample.files,
            boot: boots ? Sample.boot : nil)
    }

    private func facts(
        _ kind: ReproductionTarget = .device, _ change: (inout TargetFacts) -> Void = { _ in }
    ) -> TargetFacts {
        var facts = TargetFacts(kind, path: "/dev/sdz", exists: true, room: 1000)
        facts.architecture = .x86_64
        change(&facts)
        return facts
    }

    @Test(arguments: ReproductionTarget.allCases)
    func nothingSpeaksAgainstAnEmptyTarget(kind: ReproductionTarget) throws {
        #expect(facts(kind).refusals(of: try description(), needed: 1000).isEmpty)
        try facts(kind).check(try description(), needed: 1000)
    }

    /// What is wrong, the refusal, and whether force helps.
    static let wrongs: [(@Sendable (inout TargetFacts) -> Void, TargetRefusal, Bool)] = [
        ({ $0.isRunning = true }, .running, false),
        ({ $0.exists = false }, .absent, false),
        ({ $0.holds = "ext4" }, .notEmpty("ext4"), true),
        ({ $0.mountedAt = "/mnt" }, .mounted(at: "/mnt"), true),
        ({ $0.isReadOnly = true }, .readOnly, false),
        ({ $0.room = 999 }, .tooSmall(room: 999, needed: 1000), false),
        (
            { $0.architecture = .aarch64 },
            .wrongArchitecture(target: .aarch64, described: .x86_64), false
        ),
    ]

    @Test(arguments: 0..<7) func eachWrongHasItsRefusal(number: Int) throws {
        let (change, refusal, yields) = Self.wrongs[number]
        let (facts, described) = (facts(.device, change), try description())
        #expect(facts.refusals(of: described, needed: 1000) == [refusal])
        let forced = facts.refusals(of: described, needed: 1000, isForced: true)
        #expect(forced == (yields ? [] : [refusal]))
        #expect(refusal.yieldsToForce == yields)
        let error = Sample.refusal { try facts.check(described, needed: 1000) }
        #expect(error?.subject == "/dev/sdz")
        #expect(error?.cause.isEmpty == false)
        #expect(error?.remedy.isEmpty == false)
    }

    @Test func theGravestComesFirst() throws {
        let all = facts { facts in
            for (change, _, _) in Self.wrongs { change(&facts) }
        }
        let found = all.refusals(of: try description(), needed: 1000)
        #expect(found.count == 7)
        #expect(found.first == .running)
        let forced = all.refusals(of: try description(), needed: 1000, isForced: true)
        #expect(forced.count == 5)
    }

    @Test func aCopyMayBeUpdatedAndASlotReplaced() throws {
        let copy = facts(.directory) {
            $0.holds = "4 files"
            $0.holdsCopy = true
        }
        #expect(copy.refusals(of: try description(), needed: 1).isEmpty)
        let slot = facts(.slot) { $0.holds = "generation 4" }
        #expect(slot.refusals(of: try description(), needed: 1).isEmpty)
    }

    @Test func whatBootsNothingGoesToDirectoriesOnly() throws {
        let described = try description(boots: false)
        for kind in ReproductionTarget.allCases {
            let found = facts(kind).refusals(of: described, needed: 1)
            let isFit = kind == .directory || kind == .host
            #expect(found == (isFit ? [] : [.notBootable]), "\(kind)")
        }
    }

    @Test func absentDirectoriesAndImagesAreMade() throws {
        for kind in [ReproductionTarget.directory, .image] {
            let facts = facts(kind) { $0.exists = false }
            #expect(facts.refusals(of: try description(), needed: 1).isEmpty)
        }
    }

    @Test func aDirectoryIsLookedAtAsItIs() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let state = scratch.path + "/state"
        try scratch.files.makeFolder(state)
        func probe(_ name: String) throws -> TargetFacts {
            try TargetProbe.directory(scratch.path + name, running: [state])
        }
        #expect(try !probe("/absent/deep").exists)
        #expect(try probe("/absent/deep").room > 0)
        #expect(try probe("/state").isRunning)
        #expect(try probe("/state/inside").isRunning)
        #expect(try probe("").isRunning)
        #expect(try !probe("/states").isRunning)
        try scratch.files.makeFolder(scratch.path + "/full")
        #expect(try probe("/full").holds == nil)
        try scratch.files.replace(scratch.path + "/full/x", with: [1])
        #expect(try probe("/full").holds == "1 files")
        #expect(try !probe("/full").holdsCopy)
        #expect(try probe("/full/x").holds == "a file of that name")
        try scratch.files.replace(scratch.path + "/full/description", with: [1])
        #expect(try probe("/full").holdsCopy)
        try scratch.files.link(scratch.path + "/way", to: state)
        #expect(try probe("/way").isRunning)
        #expect(Sample.refusal { _ = try TargetProbe.directory("x", running: []) } != nil)
    }
}
