internal import Drivers
internal import Host
internal import Resources
internal import Testing
internal import Trust

/// What an end at every step leaves, and that the next life goes on from there.
@Suite struct StoreKillTests {
    private let anyone = BundleTrust(accepted: [], takesAny: true)

    /// Ends before step 0, 1, 2 … until the work comes to its end; gives the count of steps.
    private func endAtEachStep(
        _ body: (_ step: Int) throws -> Void, then check: () throws -> Void
    ) throws -> Int {
        for step in 0..<100 {
            do {
                try body(step)
                return step
            } catch let error as BundleError where error.kind == .cancelled {
                try check()
            }
        }
        Issue.record("it never came to its end")
        return 0
    }

    @Test func addingIsAllOrNothing() throws {
        let folder = try StoreFolder()
        defer { folder.remove() }
        let steps = try endAtEachStep { step in
            _ = try folder.store(endingBefore: step).add(folder: folder.app, signer: nil)
        } then: {
            let left = try folder.store.bundles()
            #expect(left.isEmpty)
        }
        #expect(steps == 4, "three objects and the record")
        let bundle = try folder.store.bundle(app: "guestbook")
        _ = try folder.store.install(bundle.digest, to: folder.apps, trust: anyone)
    }

    @Test func whatAnEndLeavesIsCollected() throws {
        let folder = try StoreFolder()
        defer { folder.remove() }
        #expect(throws: BundleError.self) {
            try folder.store(endingBefore: 3).add(folder: folder.app, signer: nil)
        }
        #expect(try folder.store.collect().objects == 4)
        #expect(try folder.store.collect() == Store.Collected())
    }

    @Test func installingIsAllOrNothing() throws {
        let folder = try StoreFolder()
        defer { folder.remove() }
        let bundle = try folder.store.add(folder: folder.app, signer: nil)
        let steps = try endAtEachStep { step in
            _ = try folder.store(endingBefore: step).install(
                bundle.digest, to: folder.apps, trust: anyone)
        } then: {
            #expect(folder.files.status(Store.place(bundle.digest, in: folder.apps)) == nil)
        }
        #expect(steps == bundle.manifest.files.count + 1)
        try folder.store.verify(bundle.digest, in: folder.apps)
        #expect(try folder.files.names(in: folder.apps) == [bundle.digest.hex])
    }

    @Test func whatAnInstallLeftIsCollected() throws {
        let folder = try StoreFolder()
        defer { folder.remove() }
        let bundle = try folder.store.add(folder: folder.app, signer: nil)
        #expect(throws: BundleError.self) {
            try folder.store(endingBefore: 4).install(
                bundle.digest, to: folder.apps, trust: anyone)
        }
        #expect(try folder.files.names(in: folder.apps).count == 1)
        try folder.store.collect(apps: folder.apps, keeping: [bundle.digest])
        #expect(try folder.files.names(in: folder.apps).isEmpty)
    }

    @Test func removingConverges() throws {
        let folder = try StoreFolder()
        defer { folder.remove() }
        let bundle = try folder.store.add(folder: folder.app, signer: nil)
        let steps = try endAtEachStep { step in
            try folder.store(endingBefore: step).remove(bundle.digest)
        } then: {
            // Either the bundle is whole or it is not there.
            for bundle in try folder.store.bundles() {
                _ = try folder.store.install(bundle.digest, to: folder.apps, trust: anyone)
                try folder.store.uninstall(bundle.digest, from: folder.apps)
            }
        }
        #expect(steps > 1)
        #expect(try folder.files.names(in: folder.store.path + "/objects").isEmpty)
        #expect(try folder.store.bundles().isEmpty)
    }

    @Test func uninstallingConverges() throws {
        let folder = try StoreFolder()
        defer { folder.remove() }
        let bundle = try folder.store.add(folder: folder.app, signer: nil)
        _ = try folder.store.install(bundle.digest, to: folder.apps, trust: anyone)
        let steps = try endAtEachStep { step in
            try folder.store(endingBefore: step).uninstall(bundle.digest, from: folder.apps)
        } then: {
            try folder.store.verify(bundle.digest, in: folder.apps)
        }
        #expect(steps == 1)
        #expect(try folder.files.names(in: folder.apps).isEmpty)
    }

    /// A cut of the power may leave zeros where bytes were copied.
    @Test func aDamagedPartOfACopyIsReadAgain() throws {
        let folder = try StoreFolder()
        defer { folder.remove() }
        let page = Array("<p>hello</p>\n".utf8)
        let partial = folder.store.path + "/partial"
        try folder.files.makeFolder(partial)
        for left in [[], Array(page.prefix(4)), [0, 0, 0], page + [0], page] {
            try folder.files.replace(
                partial + "/" + ContentDigest(of: page).hex, with: left)
            let bundle = try folder.store.add(folder: folder.app, signer: nil)
            _ = try folder.store.install(bundle.digest, to: folder.apps, trust: anyone)
            try folder.store.verify(bundle.digest, in: folder.apps)
            try folder.store.uninstall(bundle.digest, from: folder.apps)
            try folder.store.remove(bundle.digest)
        }
    }
}
