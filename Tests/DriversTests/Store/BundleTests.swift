internal import Host
internal import Resources
internal import Testing
internal import Trust

@testable internal import Drivers

/// What a manifest and an app's folder may not have in them.
@Suite struct BundleTests {
    private static let digest = ContentDigest(of: [1])

    private static func file(_ path: String, size: Int = 1) -> BundleManifest.File {
        .init(path: path, kind: .file(digest: digest, size: size, executable: false))
    }

    private static func link(_ path: String, _ target: String) -> BundleManifest.File {
        .init(path: path, kind: .link(target: target))
    }

    private func manifest(_ files: [BundleManifest.File]) throws -> BundleManifest {
        try BundleManifest(
            app: "a", version: "1", data: [:],
            files: files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) },
            signer: nil)
    }

    @Test(arguments: [
        "", "/a", "a/", "a//b", ".", "..", "a/..", "../a", "a/../b", "./a", "a/./b", "a\0b", "a\nb",
        "a\u{202E}b", "/\u{301}a", "..\u{301}/../../a", "../\u{301}x",
        String(repeating: "x", count: 256), String(repeating: "a/", count: 600) + "a",
        String(repeating: "d/", count: 64) + "f",
    ])
    func badPathsAreRefused(path: String) {
        #expect(refusal { _ = try manifest([Self.file(path)]) }?.kind == .badPath)
    }

    @Test(arguments: [
        [link("l", "/etc/passwd")], [link("l", "../x")], [link("l", "a/../../x")], [link("l", "")],
        [link("a/l", "../../x")], [link("l", "..")], [link("l", "/\u{301}etc")],
        [link("l", "../\u{301}x")], [link("a", "b"), link("b", "a")], [link("a", "a")],
        // Each inside by itself, together they lead out.
        [link("d/e/s", "../.."), link("d/e/m", "s/../x")],
        [link("d/up", ".."), link("m", "d/up/../x")],
        // A file through a link, a file in a file.
        [link("a", "b"), file("a/x")], [file("a"), file("a/x")],
        [file("a"), file("a")],
    ])
    func linksAndFilesThatLeadOutsideAreRefused(files: [BundleManifest.File]) {
        #expect(refusal { _ = try manifest(files) }?.kind == .badPath)
    }

    @Test(arguments: [
        [link("l", "a"), file("a")], [link("d/l", "../a")], [link("l", "nowhere/at/all")],
        [link("d/e/s", "../.."), link("m", "d/e/s/x")], [link("l", ".")],
        [link("a", "b"), link("b", "c")],
        [link("e\u{301}", "x"), file("\u{E9}/y")],
    ])
    func linksThatStayInsideAreKept(files: [BundleManifest.File]) throws {
        let made = try manifest(files)
        #expect(try BundleManifest(made.encoded) == made)
    }

    @Test func filesOutOfOrderAreRefused() {
        let error = refusal {
            _ = try BundleManifest(
                app: "a", version: "1", data: [:], files: [Self.file("b"), Self.file("a")],
                signer: nil)
        }
        #expect(error?.kind == .badPath)
    }

    @Test func limitsAreNamed() {
        let many = (0...Limits.bundleFiles.value).map { Self.file("f\($0)") }
        #expect(refusal { _ = try manifest(many) }?.cause.contains("20000") == true)
        let large = [Self.file("a", size: Int.max), Self.file("b", size: Int.max)]
        #expect(refusal { _ = try manifest(large) }?.kind == .tooLarge)
        let bytes = [UInt8](repeating: 0, count: Limits.manifestBytes.value + 1)
        #expect(refusal { _ = try BundleManifest(bytes) }?.kind == .tooLarge)
        let two = [Self.file("a", size: 1), Self.file("b", size: 2)]
        #expect(refusal { _ = try manifest(two) }?.cause.contains("two sizes") == true)
    }

    @Test func everyOtherFormOfAManifestIsRefused() throws {
        let made = try manifest([Self.file("a"), Self.link("l", "a")])
        let bytes = made.encoded
        for count in 0..<bytes.count {
            #expect(refusal { _ = try BundleManifest(Array(bytes.prefix(count))) } != nil)
        }
        guard case .map(var map) = try CBORReader.decode(bytes) else { return }
        map["more"] = true
        var writer = CBORWriter()
        writer.write(map)
        #expect(
            refusal { _ = try BundleManifest(writer.bytes) }?.cause.contains("not known") == true)
        map["more"] = nil
        map["format"] = 2
        writer = CBORWriter()
        writer.write(map)
        #expect(refusal { _ = try BundleManifest(writer.bytes) }?.kind == .badForm)
    }

    @Test func aSignatureIsTheSignersOverThatManifest() throws {
        let (key, other) = (try signer(), try signer(1))
        let made = try BundleManifest(
            app: "a", version: "1", data: [:], files: [], signer: key.signerKey)
        let digest = ContentDigest(of: made.encoded)
        let bundle = try Bundle(made.encoded, signature: key.sign(digest, as: .bundle))
        #expect(bundle.data["signer"]?.bytes == key.signerKey.bytes)
        for signature in [
            nil, try other.sign(digest, as: .bundle), try key.sign(digest, as: .machine),
        ] {
            #expect(
                refusal { _ = try Bundle(made.encoded, signature: signature) }?.kind == .damaged)
        }
        let plain = try BundleManifest(app: "a", version: "1", data: [:], files: [], signer: nil)
        let signature = try key.sign(ContentDigest(of: plain.encoded), as: .bundle)
        #expect(refusal { _ = try Bundle(plain.encoded, signature: signature) }?.kind == .damaged)
    }

    @Test func foldersThatCannotBeBundledAreNamed() throws {
        func refused(_ change: (StoreFolder) throws -> Void) throws -> BundleError? {
            let folder = try StoreFolder()
            defer { folder.remove() }
            try change(folder)
            return refusal { _ = try folder.store.add(folder: folder.app, signer: nil) }
        }
        #expect(try refused { try $0.files.remove($0.app + "/app.yaml") }?.kind == .notFound)
        #expect(try refused { try $0.write("app/app.yaml", "app: 7") }?.kind == .badForm)
        #expect(
            try refused { try $0.files.setMode($0.app + "/page.html", 0o4755) }?.cause.contains(
                "setuid") == true)
        #expect(
            try refused { try $0.files.link($0.app + "/out", to: "/etc/passwd") }?.kind
                == .badPath)
        #expect(
            try refused {
                try $0.write(
                    "app/app.yaml",
                    StoreFolder.appFile(version: "1.4.0").replacing("bin", with: "../other"))
            }?.kind == .badPath)
        #expect(try refused { $0.scratch.remove() }?.kind == .notFound)
    }
}
