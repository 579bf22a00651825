internal import Host
internal import Resources
internal import Testing
internal import Trust

@testable internal import Drivers

@Suite struct StoreTests {
    private let anyone = BundleTrust(accepted: [], takesAny: true)

    @Test func aFolderBecomesABundleWithoutATraceOfThisMachine() throws {
        let folder = try StoreFolder()
        defer { folder.remove() }
        let bundle = try folder.store.add(folder: folder.app, signer: signer())
        #expect(bundle.manifest.app == "guestbook")
        #expect(bundle.manifest.version == "1.4.0")
        #expect(bundle.manifest.data["directory"] == "bin")
        #expect(
            bundle.manifest.files.map(\.path) == [
                "app.yaml", "bin/copy", "bin/server", "empty", "index.html", "page.html",
            ])
        #expect(bundle.manifest.objects.count == 3, "equal content is kept once")
        let text = String(decoding: bundle.manifest.encoded, as: UTF8.self)
        #expect(!text.contains(folder.scratch.path))
        #expect(try folder.store.bundles() == [bundle])
        #expect(try folder.store.bundle(app: "guestbook") == bundle)

        // The same folder elsewhere, written at another time, is the same bundle.
        let other = try StoreFolder()
        defer { other.remove() }
        try other.files.setMode(other.app + "/page.html", 0o600)
        #expect(try other.store.add(folder: other.app, signer: signer()).digest == bundle.digest)
    }

    @Test func aBundleIsInstalledReadOnlyAndVerified() throws {
        let folder = try StoreFolder()
        defer { folder.remove() }
        let bundle = try folder.store.add(folder: folder.app, signer: signer())
        let trust = BundleTrust(accepted: [try signer().signerKey])
        let place = try folder.store.install(bundle.digest, to: folder.apps, trust: trust)
        #expect(place == Store.place(bundle.digest, in: folder.apps))
        #expect(folder.files.mode(place) == 0o555)
        let expected = try folder.tree(folder.app).map { line in
            line.replacing(" 755 ", with: " 555 ").replacing(" 700 ", with: " 555 ")
                .replacing(" 644 ", with: " 444 ").replacing("/ 700", with: "/ 555").replacing(
                    "/ 755", with: "/ 555")
        }
        #expect(try folder.tree(place).map { $0.replacing("/ 755", with: "/ 555") } == expected)
        try folder.store.verify(bundle.digest, in: folder.apps)
        #expect(try folder.store.install(bundle.digest, to: folder.apps, trust: trust) == place)

        try folder.files.setMode(place + "/page.html", 0o644)
        try folder.files.replace(place + "/page.html", with: Array("<p>hallo</p>\n".utf8))
        #expect(
            refusal { try folder.store.verify(bundle.digest, in: folder.apps) }?.kind == .damaged)
        try folder.store.uninstall(bundle.digest, from: folder.apps)
        #expect(try folder.files.names(in: folder.apps).isEmpty)
    }

    @Test func onlyWhomTheOperatorAcceptedIsTaken() throws {
        let folder = try StoreFolder()
        defer { folder.remove() }
        let signed = try folder.store.add(folder: folder.app, signer: signer())
        let stranger = BundleTrust(accepted: [try signer(1).signerKey])
        let error = refusal {
            _ = try folder.store.install(signed.digest, to: folder.apps, trust: stranger)
        }
        #expect(error?.kind == .untrusted)
        #expect(error?.remedy.contains(try signer().signerKey.description) == true)
        #expect(error?.remedy.contains("--untrusted") == true)
        _ = try folder.store.install(signed.digest, to: folder.apps, trust: anyone)

        let other = try StoreFolder()
        defer { other.remove() }
        let plain = try other.store.add(folder: other.app, signer: nil)
        let refused = refusal {
            _ = try folder.store.add(store: other.store.path, trust: stranger)
        }
        #expect(refused?.kind == .untrusted)
        #expect(refused?.cause.contains("nobody signed") == true)
        #expect(plain.signature == nil)
        #expect(throws: Never.self) {
            try other.store.install(plain.digest, to: other.apps, trust: anyone)
        }
    }

    @Test func bundlesAreCopiedFromAnotherStoreAndGoOnAfterAnInterruption() throws {
        let folder = try StoreFolder()
        defer { folder.remove() }
        try folder.write("app/large", String(repeating: "0123456789abcdef", count: 70_000))
        let bundle = try folder.store.add(folder: folder.app, signer: signer())
        let bytes = try folder.store.manifest(bundle.digest)
        let copy = folder.store("copy")
        let trust = BundleTrust(accepted: [try signer().signerKey])
        var (asked, allowed) = (0, 3)
        func read(_ digest: ContentDigest, _ offset: Int, _ count: Int) throws(BundleError)
            -> [UInt8]
        {
            guard allowed > 0 else {
                throw BundleError(
                    .cancelled, operation: "read", subject: "", cause: "cut off", remedy: "")
            }
            allowed -= 1
            let bytes = try folder.store.object(digest, at: offset, count: count)
            asked += bytes.count
            return bytes
        }
        var interruptions = 0
        while (try? copy.add(
            manifest: bytes, signature: bundle.signature, trust: trust, object: read)) == nil
        {
            interruptions += 1
            allowed = 3
            #expect(try copy.bundles().isEmpty)
            try #require(interruptions < 10)
        }
        #expect(interruptions > 0)
        #expect(
            asked == bundle.manifest.objects.reduce(0) { $0 + $1.size }, "no byte is copied twice")
        #expect(try copy.bundles() == [bundle])
        #expect(try folder.files.names(in: copy.path + "/partial").isEmpty)
        #expect(try folder.store("third").add(store: copy.path, trust: trust) == [bundle])
    }

    @Test func contentThatDiffersIsNotTaken() throws {
        let folder = try StoreFolder()
        defer { folder.remove() }
        let bundle = try folder.store.add(folder: folder.app, signer: nil)
        let bytes = try folder.store.manifest(bundle.digest)
        let copy = folder.store("copy")
        for wrong in [[], [1], [UInt8](repeating: 1, count: 100)] as [[UInt8]] {
            let error = refusal {
                try copy.add(manifest: bytes, signature: nil, trust: anyone) { (_, offset, _) in
                    offset == 0 ? wrong : []
                }
            }
            #expect(error?.kind == .damaged)
        }
        #expect(try copy.bundles().isEmpty)
        #expect(try folder.files.names(in: copy.path + "/partial").isEmpty)
    }

    @Test func aDamagedObjectIsRefusedRemovedAndBroughtBack() throws {
        let folder = try StoreFolder()
        defer { folder.remove() }
        let bundle = try folder.store.add(folder: folder.app, signer: nil)
        let page = ContentDigest(of: Array("<p>hello</p>\n".utf8))
        let object = folder.store.path + "/objects/" + page.hex
        try folder.files.replace(object, with: Array("<p>hallo</p>\n".utf8))
        let error = refusal {
            _ = try folder.store.install(bundle.digest, to: folder.apps, trust: anyone)
        }
        #expect(error?.kind == .damaged)
        #expect(folder.files.status(Store.place(bundle.digest, in: folder.apps)) == nil)
        #expect(try folder.store.add(folder: folder.app, signer: nil) == bundle)
        _ = try folder.store.install(bundle.digest, to: folder.apps, trust: anyone)
        try folder.store.verify(bundle.digest, in: folder.apps)
    }

    @Test func aVersionIsOneContent() throws {
        let folder = try StoreFolder()
        defer { folder.remove() }
        let first = try folder.store.add(folder: folder.app, signer: nil)
        try folder.write("app/page.html", "<p>new</p>\n")
        #expect(
            refusal { _ = try folder.store.add(folder: folder.app, signer: nil) }?.kind == .taken)
        try folder.write("app/app.yaml", StoreFolder.appFile(version: "1.10.0"))
        let second = try folder.store.add(folder: folder.app, signer: nil)
        #expect(try folder.store.bundle(app: "guestbook") == second, "1.10 is newer than 1.4")
        #expect(try folder.store.bundle(app: "guestbook", version: "1.4.0") == first)
        #expect(refusal { _ = try folder.store.bundle(app: "other") }?.kind == .notFound)
        #expect(try folder.store.search("WEB 1.4") == [first])
        #expect(try folder.store.search("guest") == [second, first])
        #expect(try folder.store.search("nothing").isEmpty)
    }

    @Test func whoeverChangesItIsAlone() throws {
        let folder = try StoreFolder()
        defer { folder.remove() }
        let bundle = try folder.store.add(folder: folder.app, signer: nil)
        // A child that another test starts has the file too until it becomes its program.
        var taken = try? LinuxDisk().lock(folder.store.path + "/lock")
        for _ in 0..<1000 where taken == nil {
            LinuxSystem.pause(milliseconds: 5)
            taken = try? LinuxDisk().lock(folder.store.path + "/lock")
        }
        let lock = try #require(taken)
        let hurried = Store(path: folder.store.path, wait: 0)
        #expect(refusal { try hurried.collect() }?.kind == .busy)
        #expect(try hurried.bundles() == [bundle], "reading needs no lock")
        lock.close()
        #expect(try folder.store.collect() == Store.Collected())
    }

    @Test func manyMayAddAtOnce() async throws {
        let folder = try StoreFolder()
        defer { folder.remove() }
        let digests = try await withThrowingTaskGroup(of: ContentDigest.self) { group in
            for _ in 0..<4 {
                group.addTask { try folder.store.add(folder: folder.app, signer: nil).digest }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(digests.count == 1)
        #expect(try folder.store.collect() == Store.Collected())
    }

    @Test func removingCollectsWhatNoOtherHas() throws {
        let folder = try StoreFolder()
        defer { folder.remove() }
        let first = try folder.store.add(folder: folder.app, signer: nil)
        try folder.write("app/app.yaml", StoreFolder.appFile(version: "2.0.0"))
        try folder.write("app/page.html", "<p>new</p>\n")
        let second = try folder.store.add(folder: folder.app, signer: nil)
        let collected = try folder.store.remove(first.digest)
        // Its page, its app file and its manifest; programs are shared.
        #expect(collected.objects == 3)
        #expect(collected.bytes > 0)
        #expect(try folder.store.bundles() == [second])
        _ = try folder.store.install(second.digest, to: folder.apps, trust: anyone)
        #expect(try folder.store.remove(first.digest) == Store.Collected())
        try folder.store.remove(second.digest)
        #expect(try folder.files.names(in: folder.store.path + "/objects").isEmpty)
    }

    @Test func aBundleThatCannotBeReadKeepsAllContent() throws {
        let folder = try StoreFolder()
        defer { folder.remove() }
        let bundle = try folder.store.add(folder: folder.app, signer: nil)
        try folder.files.remove(folder.store.path + "/objects/" + bundle.digest.hex)
        #expect(refusal { try folder.store.collect() } != nil)
        #expect(try folder.files.names(in: folder.store.path + "/objects").count == 3)
    }

    @Test(arguments: [
        ("1.0", "1.1"), ("1.9", "1.10"), ("1.0-rc1", "1.0"), ("1.0", "1.0.1"),
        ("1.0-rc1", "1.0-rc2"),
        ("9", "10"), ("1.a", "1.0"), ("1.0.0-rc", "1.0.0"),
    ])
    func versionsAreOrdered(older: String, newer: String) {
        #expect(Bundle.isOlder(older, than: newer))
        #expect(!Bundle.isOlder(newer, than: older))
        #expect(!Bundle.isOlder(older, than: older))
    }
}
