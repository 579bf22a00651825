import Host
import Trust

@testable import Reproduction

/// A small system with every kind of name and size that is hard for a writer.
struct ImageSample {
    /// All content, to be changed by tests.
    var contents: [[UInt8]] = []
    var files: [Description.File] = []
    var boot: Description.Boot
    var modules: [Description.Module] = []
    var parameters = Description.Parameters()

    init() {
        let stub = StubSample.bytes()
        let parts = [
            Content.bytes(900_001, seed: 11), Content.bytes(70_000, seed: 12),
            Content.bytes(140_000, seed: 13), stub, Guard.program(for: .x86_64),
        ]
        contents = parts
        let blobs = parts.map { Blob(of: $0) }
        boot = Description.Boot(
            kernel: blobs[0], program: blobs[1], loader: blobs[2], stub: blobs[3],
            guardian: blobs[4], commandLine: ["console=ttyS0", "panic=2"])
        parameters.espBytes = 34 << 20
        parameters.rootBytes = 16 << 20
        parameters.verityBytes = 1 << 20
        parameters.dataBytes = 16 << 20
        parameters.salt = Array("salt of the sample".utf8)
        addDirectories()
        addFiles()
        addModules()
    }

    private mutating func addDirectories() {
        for path in ["dev", "empty", "etc", "many", "pisces", "pisces/bin", "proc", "tmp"] {
            let mode: UInt16 = path == "tmp" ? 0o1777 : 0o755
            files.append(.init(path, mode: mode, .directory))
        }
        var path = "deep"
        for level in 0..<20 {
            files.append(.init(path, mode: 0o700, .directory))
            path += "/level-\(level)"
        }
    }

    private mutating func addFiles() {
        for (index, size) in [0, 1, 11, 2048, 2049, 4095, 4096, 4097, 8192, 300_000].enumerated() {
            add("etc/size-\(size)", Content.bytes(size, seed: UInt64(index + 1)))
        }
        add("etc/same", Content.bytes(300_000, seed: 10), mode: 0o600)
        add("pisces/bin/pisces", Content.bytes(1_500_000, seed: 20), mode: 0o755)
        add("pisces/bin/setuid", Array("#!/bin/sh\n".utf8), mode: 0o4755)
        // Names that sort before `.`, after it, and in no locale as bytes do.
        for name in ["!first", "-dash", ".hidden", "..odd", "Z", "a", "ä", "日本", "~last"] {
            add("etc/\(name)", Array(name.utf8))
        }
        // A directory of several blocks.
        for index in 0..<400 { add("many/\(index)-with-a-name-of-some-length", []) }
        add("many/" + String(repeating: "x", count: 255), Array("long".utf8))
        files.append(.init("link", mode: 0o777, .symlink("pisces/bin/pisces")))
        let far = String(repeating: "../", count: 900) + "etc"
        files.append(.init("far", mode: 0o777, .symlink(far)))
    }

    private mutating func addModules() {
        for name in ["zeta.ko", "alpha.ko"] {
            let bytes = Content.bytes(5001, seed: UInt64(name.utf8.count))
            contents.append(bytes)
            modules.append(.init("lib/modules/\(name)", Blob(of: bytes)))
        }
    }

    mutating func add(_ path: String, _ bytes: [UInt8], mode: UInt16 = 0o644) {
        contents.append(bytes)
        files.append(.init(path, mode: mode, .file(Blob(of: bytes))))
    }

    func description(sequence: Int64 = 3) throws -> Description {
        try Description(
            sequence: sequence, architecture: .x86_64, files: files, boot: boot, modules: modules,
            parameters: parameters)
    }

    var source: MemorySource { MemorySource(contents) }

    func constructor() throws -> Constructor<MemorySource> {
        try Constructor(try description(), blobs: source)
    }

    /// The bytes of a rope.
    func bytes(_ rope: Rope) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try rope.write(from: source) { bytes += $0 }
        return bytes
    }
}

/// A stub with the headers of systemd's and no code.
enum StubSample {
    static func bytes(machine: UInt16 = 0x8664, headers: UInt32 = 0x400) -> [UInt8] {
        var bytes = Array("MZ".utf8)
        bytes.pad(to: 0x3C)
        bytes.append(little: 0x80 as UInt32)
        bytes.pad(to: 0x80)
        bytes += Array("PE".utf8) + [0, 0]
        bytes.append(little: machine)
        bytes.append(little: 1 as UInt16)
        bytes.append(little: 0x1234_5678 as UInt32)
        bytes.append(little: 0 as UInt64)
        bytes.append(little: 240 as UInt16)
        bytes.append(little: 0x206 as UInt16)
        bytes += optionalHeader(headers: headers)
        bytes += Array(".text".utf8) + [0, 0, 0]
        for word in [0x1F0, 0x4000, 0x200, headers, 0, 0, 0, 0x6000_0020] as [UInt32] {
            bytes.append(little: word)
        }
        bytes.pad(to: Int(headers))
        return bytes + Content.bytes(0x200, seed: 77)
    }

    private static func optionalHeader(headers: UInt32) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 240)
        bytes.set(0, little: 0x20B as UInt16)
        bytes.set(16, little: 0x4000 as UInt32)
        bytes.set(32, little: 0x200 as UInt32)
        bytes.set(36, little: 0x200 as UInt32)
        bytes.set(56, little: 0x4200 as UInt32)
        bytes.set(60, little: headers)
        bytes.set(64, little: 0xABCD as UInt32)
        bytes.set(68, little: 10 as UInt16)
        bytes.set(108, little: 16 as UInt32)
        return bytes
    }
}
