internal import Host
internal import Node
internal import Resources
internal import Testing
internal import Trust

/// The file of a machine's keys.
@Suite struct MachineKeyTests {
    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = "/tmp/pisces-key-\(LinuxEntropy().next())"
        try LinuxFiles().makeFolder(folder)
        defer { try? LinuxFiles().remove(folder) }
        try body(folder)
    }

    @Test func keysAreMadeOnceAndReadableByTheirOwnerAlone() throws {
        try inFolder { folder in
            let made = try MachineKey.load(directory: folder)
            let read = try MachineKey.load(directory: folder)
            #expect(made.sealingKey == read.sealingKey)
            #expect(made.signerKey == read.signerKey)
            #expect(LinuxFiles().mode(folder + "/machine.key") == 0o600)
            #expect(try LinuxFiles().names(in: folder) == ["machine.key"])
        }
    }

    @Test func aFileThatOthersMayReadIsRefused() throws {
        try inFolder { folder in
            _ = try MachineKey.load(directory: folder)
            try LinuxFiles().setMode(folder + "/machine.key", 0o640)
            let error = #expect(throws: NodeError.self) {
                try MachineKey.load(directory: folder)
            }
            #expect(error?.message.contains("chmod 600") == true)
        }
    }

    @Test func damageIsRefusedAndNothingIsMadeInItsPlace() throws {
        try inFolder { folder in
            let path = folder + "/machine.key"
            try LinuxFiles().replace(path, with: [1, 2, 3])
            #expect(throws: NodeError.self) { try MachineKey.load(directory: folder) }
            #expect(try LinuxFiles().read(path, atMost: 10) == [1, 2, 3])
        }
    }

    @Test func aFolderThatIsNotThereIsNamed() {
        let error = #expect(throws: NodeError.self) {
            try MachineKey.load(directory: "/tmp/pisces-no-such-folder")
        }
        #expect(error?.subject == "/tmp/pisces-no-such-folder/machine.key")
    }
}
