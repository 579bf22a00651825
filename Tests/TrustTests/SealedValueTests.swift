internal import Resources
internal import Testing

@testable internal import Trust

@Suite struct SealedValueTests {
    static let planted = SecretBytes(copying: "correct horse battery staple".utf8)

    static func name(_ name: String = "guestbook-key", in path: String = "/prod") throws
        -> SecretName
    {
        SecretName(namespace: try Namespace(path), name: try ResourceName(name))
    }

    private static func sealed(
        _ content: SecretBytes = planted, version: Int64 = 3, for seeds: [UInt8] = [0, 1]
    ) throws -> SealedValue {
        let machines = try seeds.map { seed in
            SealedValue.Recipient(
                machine: "pi-\(seed)", key: try MachineKeyTests.seeded(seed).sealingKey)
        }
        return try SealedValue(sealing: content, as: name(), version: version, for: machines)
    }

    private func kind(_ body: () throws -> SecretBytes) -> TrustError.Kind? {
        #expect(throws: TrustError.self) { try body() }?.kind
    }

    @Test(arguments: [0, 1, 59, 60, 61, 64, 1000, 65_536])
    func eachMachineOpensWhatWasSealed(count: Int) throws {
        let content = SecretBytes(copying: (0..<count).map { UInt8(truncatingIfNeeded: $0) })
        let sealed = try Self.sealed(content)
        let read = try SealedValue(sealed.value, of: Self.name())
        #expect(read == sealed)
        for seed in [0, 1] as [UInt8] {
            let key = try MachineKeyTests.seeded(seed)
            #expect(try read.open(with: key, as: Self.name(), version: 3) == content)
        }
    }

    @Test func theEncodingHidesContentAndLength() throws {
        var writer = CBORWriter()
        let (short, long) = (
            try Self.sealed(SecretBytes(copying: [1])), try Self.sealed()
        )
        writer.write(long.value)
        #expect(!Self.planted.occurs(in: writer.bytes))
        #expect(short.boxes[0].box.count == long.boxes[0].box.count)
        #expect(try Self.sealed().boxes[0].key != long.boxes[0].key, "each sealing is fresh")
    }

    @Test func anotherMachineIsRefusedAndHearsWho() throws {
        let sealed = try Self.sealed()
        let error = try #require(
            #expect(throws: TrustError.self) {
                try sealed.open(
                    with: MachineKeyTests.seeded(9), as: Self.name(), version: 3)
            })
        #expect(error.kind == .notForThisMachine)
        #expect(error.description.contains("pi-0"))
    }

    @Test func aBoxCannotBeMovedToAnotherName() throws {
        let key = try MachineKeyTests.seeded(0)
        let sealed = try Self.sealed()
        for other in [try Self.name("other"), try Self.name(in: "/test"), try Self.name(in: "/")] {
            #expect(kind { try sealed.open(with: key, as: other, version: 3) } == .otherName)
            // Nor when the claim is changed as well.
            var box = sealed.boxes[0]
            box.secret = other.description
            let moved = SealedValue(boxes: [box])
            #expect(kind { try moved.open(with: key, as: other, version: 3) } == .damaged)
        }
    }

    @Test func anOlderBoxCannotBePutBack() throws {
        let key = try MachineKeyTests.seeded(0)
        let older = try Self.sealed(version: 2)
        let name = try Self.name()
        #expect(kind { try older.open(with: key, as: name, version: 3) } == .otherVersion)
        var box = older.boxes[0]
        box.version = 3
        let moved = SealedValue(boxes: [box])
        #expect(kind { try moved.open(with: key, as: name, version: 3) } == .damaged)
    }

    @Test func everyDamagedByteIsSeen() throws {
        let key = try MachineKeyTests.seeded(0)
        let (name, whole) = (try Self.name(), try Self.sealed(for: [0]).boxes[0])
        func opens(_ change: (inout SealedValue.Box) -> Void) -> TrustError.Kind? {
            var box = whole
            change(&box)
            return kind {
                try SealedValue(boxes: [box]).open(with: key, as: name, version: 3)
            }
        }
        for index in whole.box.indices { #expect(opens { $0.box[index] ^= 1 } == .damaged) }
        // The highest bit of a point is ignored (RFC 7748 section 5), hence the lowest.
        for index in whole.key.indices { #expect(opens { $0.key[index] ^= 1 } == .damaged) }
        for count in [0, 1, 15, 16, 31] {
            #expect(opens { $0.box = Array($0.box.prefix(count)) } == .damaged)
            #expect(opens { $0.key = Array($0.key.prefix(count)) } == .damaged)
        }
        #expect(opens { $0.machine = "pi-1" } == .damaged)
        #expect(opens { $0.key = [UInt8](repeating: 0, count: 32) } == .damaged)
    }

    @Test func aMachineThatHasItSealsItToAnother() throws {
        let (name, new) = (try Self.name(), try MachineKeyTests.seeded(7))
        let wider = try Self.sealed().adding(
            .init(machine: "pi-7", key: new.sealingKey), by: MachineKeyTests.seeded(1), as: name,
            version: 3)
        #expect(wider.boxes.map(\.machine) == ["pi-0", "pi-1", "pi-7"])
        #expect(try wider.open(with: new, as: name, version: 3) == Self.planted)
        let again = try wider.adding(
            .init(machine: "pi-0", key: new.sealingKey), by: new, as: name, version: 3)
        #expect(again.boxes.map(\.machine) == ["pi-0", "pi-1", "pi-7"])
    }

    @Test func limitsAreNamed() throws {
        let key = try MachineKeyTests.seeded(0).sealingKey
        func machines(_ count: Int) -> [SealedValue.Recipient] {
            (0..<count).map { .init(machine: "m\($0)", key: key) }
        }
        func refused(_ count: Int, _ machines: [SealedValue.Recipient]) throws -> TrustError {
            try #require(
                #expect(throws: TrustError.self) {
                    try SealedValue(
                        sealing: SecretBytes(copying: [UInt8](repeating: 1, count: count)),
                        as: Self.name(), version: 1, for: machines)
                })
        }
        #expect(try refused(65_537, machines(1)).cause.contains("65536"))
        #expect(try refused(1, machines(257)).cause.contains("256"))
        #expect(try refused(65_536, machines(12)).kind == .tooLarge)
        #expect(try refused(1, []).kind == .badForm)
        #expect(try refused(1, machines(1) + machines(1)).cause.contains("twice"))
    }

    @Test(
        arguments: [
            .null, "text", [.null], [["machine": "a"]],
            [
                [
                    "machine": "a", "recipient": "SHA256:x", "secret": "/s", "version": 1,
                    "key": .bytes([]), "box": .bytes([]),
                ]
            ],
        ] as [Value])
    func otherFieldsAreRefused(value: Value) throws {
        let error = #expect(throws: TrustError.self) {
            try SealedValue(value, of: Self.name())
        }
        #expect(error?.kind == .badForm)
    }
}
