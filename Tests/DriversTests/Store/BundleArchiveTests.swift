internal import Host
internal import Resources
internal import Testing
internal import Trust

@testable internal import Drivers

@Suite struct BundleArchiveTests {
    private let anyone = BundleTrust(accepted: [], takesAny: true)

    private func exported(_ folder: StoreFolder, signer: MachineKey?) throws -> (Bundle, String) {
        let bundle = try folder.store.add(folder: folder.app, signer: signer)
        let path = folder.scratch.path + "/guestbook.bundle"
        try folder.store.export(bundle.digest, to: path)
        return (bundle, path)
    }

    @Test func aBundleGoesThroughOneFile() throws {
        let folder = try StoreFolder()
        defer { folder.remove() }
        let (bundle, path) = try exported(folder, signer: signer())
        let other = folder.store("other")
        let trust = BundleTrust(accepted: [try signer().signerKey])
        #expect(try other.add(archive: path, trust: trust) == bundle)
        let stranger = BundleTrust(accepted: [try signer(1).signerKey])
        let third = folder.store("third")
        #expect(refusal { _ = try third.add(archive: path, trust: stranger) }?.kind == .untrusted)
        #expect(try third.bundles().isEmpty)
        try other.export(bundle.digest, to: path + "2")
        let bytes = try folder.files.read(path, atMost: 1 << 20)
        #expect(try folder.files.read(path + "2", atMost: 1 << 20) == bytes)
    }

    @Test func everyDamagedByteIsRefused() throws {
        let folder = try StoreFolder()
        defer { folder.remove() }
        let (_, path) = try exported(folder, signer: signer())
        let bytes = try #require(try folder.files.read(path, atMost: 1 << 20))
        let copy = folder.scratch.path + "/damaged"
        for index in stride(from: 0, to: bytes.count, by: 61) {
            var damaged = bytes
            damaged[index] ^= 1
            try folder.files.replace(copy, with: damaged)
            #expect(refusal { _ = try folder.store("x").add(archive: copy, trust: anyone) } != nil)
        }
        for count in [0, 1, 512, 1024, bytes.count - 1024, bytes.count - 1] {
            try folder.files.replace(copy, with: Array(bytes.prefix(count)))
            #expect(refusal { _ = try folder.store("x").add(archive: copy, trust: anyone) } != nil)
        }
        try folder.files.replace(copy, with: bytes + [0])
        #expect(refusal { _ = try folder.store("x").add(archive: copy, trust: anyone) } != nil)
        #expect(try folder.store("x").bundles().isEmpty)
        #expect(refusal { _ = try folder.store.add(archive: "/dev/null", trust: anyone) } != nil)
    }

    private static let contents = ["#!/bin/sh\necho hello\n", "hello\n"].map { Array($0.utf8) }

    /// The bundle of Docs/Formats/bundle.md, signed by the key whose seed is 00…3f.
    private func fixture(in store: Store) throws -> Bundle {
        let objects = Self.contents.map { (ContentDigest(of: $0), $0) }
        let manifest = try BundleManifest(
            app: "hello", version: "1.0.0",
            data: ["directory": "bin", "version": "1.0.0", "components": [:]],
            files: [
                .init(
                    path: "bin/hello",
                    kind: .file(digest: objects[0].0, size: 21, executable: true)),
                .init(path: "empty", kind: .folder),
                .init(path: "index", kind: .link(target: "page")),
                .init(
                    path: "page", kind: .file(digest: objects[1].0, size: 6, executable: false)),
            ], signer: signer().signerKey)
        let bytes = manifest.encoded
        let signature = try signer().sign(ContentDigest(of: bytes), as: .bundle)
        return try store.add(manifest: bytes, signature: signature, trust: anyone) {
            (digest, offset, count) in
            let content = objects.first { $0.0 == digest }?.1 ?? []
            return Array(content[min(offset, content.count)..<min(content.count, offset + count)])
        }
    }

    @Test func theFormatIsByteExact() throws {
        let folder = try StoreFolder()
        defer { folder.remove() }
        let bundle = try fixture(in: folder.store)
        let hex = bundle.manifest.encoded.map { byte in
            let text = String(byte, radix: 16)
            return text.utf8.count == 1 ? "0" + text : text
        }.joined()
        #expect(hex == Self.manifest)
        #expect(bundle.digest.hex == Self.digest)
        let path = folder.scratch.path + "/hello.bundle"
        try folder.store.export(bundle.digest, to: path)
        let bytes = try #require(try folder.files.read(path, atMost: 1 << 20))
        #expect(bytes.count == 6144)
        #expect(ContentDigest(of: bytes).hex == Self.archive)
        #expect(try folder.store("other").add(archive: path, trust: anyone) == bundle)
    }

    private static let manifest =
        "a6636170706568656c6c6f6464617461a36776657273696f6e65312e302e30696469726563746f727963"
        + "62696e6a636f6d706f6e656e7473a06566696c657384a4646d6f64651901ed64706174686962696e2f68"
        + "656c6c6f6473697a6515666469676573745820bfdeaeb08cffb6a36438bcd12dda25417e3cdd36f1e7e4"
        + "82a2849d539225288ba2647061746865656d70747966666f6c646572f5a2646c696e6b64706167656470"
        + "61746865696e646578a4646d6f64651901a4647061746864706167656473697a65066664696765737458"
        + "205891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be0366666f726d61740166"
        + "7369676e6572582029acbae141bccaf0b22e1a94d34d0bc7361e526d0bfe12c89794bc9322966dd76776"
        + "657273696f6e65312e302e30"
    private static let digest = "46e937cffd644cab35aec323313b616ba5fb2a7d948f6bb6adbe7b01b4e602ae"
    private static let archive = "29ff357a3be470a8758f9c18de65675a8ef8e40c9fce69acb0790a4d20d7719a"
}
