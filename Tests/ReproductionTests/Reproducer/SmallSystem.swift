import Host
import Resources
import Trust

@testable import Reproduction

/// A system of two files and one config, to copy.
struct SmallSystem {
    let program = Array("#!/bin/sh\necho ran \"$@\"\n".utf8)
    let data = Content.bytes(900_000)

    func description(
        sequence: Int64 = 1, text: String = "welcome"
    ) throws -> Description {
        try Description(
            sequence: sequence, architecture: .own,
            files: [
                .init("pisces", mode: 0o755, .directory),
                .init("pisces/bin", mode: 0o755, .directory),
                .init("pisces/bin/pisces", mode: 0o755, .file(Blob(of: program))),
                .init("pisces/data", mode: 0o644, .file(Blob(of: data))),
            ],
            resources: [
                .init(
                    type: try TypeName("config"), namespace: .root, name: try ResourceName("motd"),
                    data: ["text": .text(text)])
            ])
    }

    func reproducer(
        _ description: Description? = nil, source: MemorySource? = nil,
        secrets: [KnownSecret] = [], running: [String] = []
    ) throws -> Reproducer {
        Reproducer(
            try description ?? self.description(), from: [source ?? MemorySource([program, data])],
            scanner: try SecretScanner(secrets), running: running, clock: LinuxClock())
    }
}
