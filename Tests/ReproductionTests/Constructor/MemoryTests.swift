import Host
import Resources
import Testing

@testable import Reproduction

/// The constructor works in the memory of a small machine, whatever the size of the system.
@Suite(.serialized) struct MemoryTests {
    /// The program that is measured, beside the test bundle.
    private var program: String {
        let own = LinuxFiles().resolve("/proc/self/exe") ?? ""
        let folders = (CommandLine.arguments + [own]).map {
            "/" + $0.split(separator: "/").dropLast().joined(separator: "/")
        }
        let candidates = folders.map { $0 + "/ConstructRig" } + [".build/debug/ConstructRig"]
        return candidates.first { LinuxFiles().kind($0) == .file(executable: true) }
            ?? "ConstructRig"
    }

    static let stub = "/usr/lib/systemd/boot/efi/linuxx64.efi.stub"

    @Test(
        .enabled(
            if: LinuxFiles().kind(MemoryTests.stub) != nil, "systemd-boot-efi is not installed"))
    func anImageOf200MegabytesIsBuiltIn64() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let make = Shell.run("\(program) make \(scratch.path) 200")
        #expect(make.code == 0, "\(make.text)")
        let build = Shell.run("\(program) build \(scratch.path) \(scratch.path)/image")
        #expect(build.code == 0, "\(build.text)")
        let line = build.text.split(separator: "\n").first { $0.hasPrefix("peak ") } ?? ""
        let peak = try #require(line.split(separator: " ").dropFirst().first.flatMap { Int($0) })
        #expect(peak <= 64, "\(build.text)")
    }
}
