internal import Drivers
internal import Glibc
internal import Host
internal import Resources
internal import Testing

/// Importing, listing and removing images.
@Suite struct ImageStoreTests {
    private let files = LinuxFiles()

    private func layer(_ text: String) -> [UInt8] {
        var tar = TarMaker()
        tar.folder("etc/")
        tar.file("etc/note", text)
        tar.link("note", to: "etc/note")
        return tar.whole
    }

    private func withStore(
        _ body: (ImageStore, LayoutMaker, Scratch) throws -> Void
    ) throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let store = try ImageStore(scratch.path + "/images", architecture: "amd64")
        try body(store, try LayoutMaker(scratch.path + "/layout"), scratch)
    }

    private func text(_ store: ImageStore, _ image: Image, _ path: String) throws -> String? {
        for folder in store.folders(of: image) {
            if let text = try files.text(folder + "/" + path) { return text }
        }
        return nil
    }

    @Test func aLayoutIsImportedWithItsConfiguration() throws {
        try withStore { store, maker, _ in
            var maker = maker
            let digest = try maker.add(
                [layer("low"), layer("high")],
                config: [
                    "Entrypoint": ["/bin/server"], "Cmd": ["--quiet"], "Env": ["A=1", "B=2"],
                    "WorkingDir": "/srv", "User": "web", "StopSignal": "SIGQUIT",
                    "ExposedPorts": ["80/tcp": [:]],
                ])
            let image = try store.importImage(from: maker.folder)
            #expect(image.digest == digest)
            #expect(image.layers.count == 2)
            #expect(try text(store, image, "etc/note") == "high")
            #expect(image.config.entrypoint == ["/bin/server"])
            #expect(image.config.environment == ["A=1", "B=2"])
            #expect(image.config.user == "web" && image.config.directory == "/srv")
            #expect(image.config.stopSignal == "SIGQUIT" && image.config.ports == ["80/tcp"])
            #expect(try store.list() == [image])
            #expect(try store.image(digest) == image)
            #expect(ImageConfig(map: image.config.map) == image.config)
        }
    }

    @Test func compressedLayersAreUnpacked() throws {
        for tool in ["gzip", "zstd"] {
            try withStore { store, maker, scratch in
                guard let program = try? ExecutablePath.find(tool, on: nil, in: nil) else {
                    return
                }
                var maker = maker
                try maker.add([layer(tool)]) { bytes in
                    try compress(bytes, with: program, scratch)
                }
                let image = try store.importImage(from: maker.folder)
                #expect(try text(store, image, "etc/note") == tool)
            }
        }
    }

    private func compress(
        _ bytes: [UInt8], with program: String, _ scratch: Scratch
    ) throws -> [UInt8] {
        try files.replace(scratch.path + "/plain", with: bytes)
        let processes = try LinuxProcesses(ledger: scratch.path + "/instances")
        let output = scratch.path + "/packed-\(LinuxEntropy().next())"
        let launch = Launch(program, ["-c", scratch.path + "/plain"])
        #expect(try processes.run(launch, output: output, milliseconds: 10_000) == .code(0))
        return try files.read(output, atMost: 1 << 24) ?? []
    }

    @Test func anArchiveOfALayoutIsTheSameImage() throws {
        try withStore { store, maker, scratch in
            var maker = maker
            let digest = try maker.add([layer("one")])
            try maker.add([layer("other")], architecture: "arm64")
            let archive = scratch.path + "/image.tar"
            try files.replace(archive, with: try maker.archive())
            let image = try store.importImage(from: archive)
            #expect(image.digest == digest)
            #expect(try text(store, image, "etc/note") == "one")
            // Three blobs of this machine's image; those of the other architecture are gone.
            #expect(try files.names(in: store.root + "/blobs").count == 3)
            #expect(try store.importImage(from: maker.folder).digest == digest)
        }
    }

    @Test func anArchiveOfDockerSaveIsImported() throws {
        try withStore { store, maker, scratch in
            let bytes = layer("saved")
            let config = maker.json([
                "architecture": "amd64", "os": "linux", "config": ["Cmd": ["/run"]],
                "rootfs": ["diff_ids": [.text("\(ImageDigest(of: bytes))")]],
            ])
            var tar = TarMaker()
            tar.entry("abc/layer.tar", kind: "0", body: bytes)
            tar.entry("config.json", kind: "0", body: config)
            let manifest = maker.json([
                ["Config": "config.json", "RepoTags": ["a:b"], "Layers": ["abc/layer.tar"]]
            ])
            tar.entry("manifest.json", kind: "0", body: manifest)
            let archive = scratch.path + "/image.tar"
            try files.replace(archive, with: tar.whole)
            let image = try store.importImage(from: archive)
            #expect(image.config.command == ["/run"])
            #expect(try text(store, image, "etc/note") == "saved")
            #expect(try store.importImage(from: archive) == image)
        }
    }

    @Test func imagesShareLayersAndTheLastOneTakesThemAlong() throws {
        try withStore { store, maker, scratch in
            var maker = maker
            try maker.add([layer("base"), layer("one")], reference: "one")
            try maker.add([layer("base"), layer("two")], reference: "two")
            let one = try store.importImage(from: maker.folder, reference: "one")
            let two = try store.importImage(from: maker.folder, reference: "two")
            #expect(try files.names(in: store.root + "/layers").count == 3)
            #expect(throws: DriverError.self) { try store.importImage(from: maker.folder) }
            do throws(DriverError) {
                try store.remove(one.digest, inUse: [one.digest])
                Issue.record("removed what is in use")
            } catch { #expect(error.kind == .stillRunning) }
            try store.remove(one.digest)
            #expect(try store.list() == [two])
            #expect(try text(store, two, "etc/note") == "two")
            #expect(try files.names(in: store.root + "/layers").count == 2)
            try store.remove(two.digest)
            for folder in ["layers", "blobs", "records", "incoming"] {
                #expect(try files.names(in: "\(store.root)/\(folder)").isEmpty)
            }
            do throws(DriverError) {
                try store.remove(two.digest)
                Issue.record("removed twice")
            } catch { #expect(error.kind == .unknownImage) }
        }
    }

    @Test func whatAKilledImportLeftIsNotTakenForWhole() throws {
        try withStore { store, maker, _ in
            var maker = maker
            try maker.add([layer("whole")])
            let stray = store.incoming("layer-half")
            try files.makeFolder(stray)
            try files.replace(stray + "/file", with: [1])
            try files.replace(store.incoming("blob-1"), with: [1, 2])
            #expect(try store.list().isEmpty)
            let image = try store.importImage(from: maker.folder)
            #expect(try files.names(in: store.root + "/incoming").isEmpty)
            // A record whose layer is gone is imported again.
            for folder in store.folders(of: image) { try files.remove(folder) }
            #expect(try store.importImage(from: maker.folder) == image)
            #expect(try text(store, image, "etc/note") == "whole")
        }
    }

    @Test func whatIsNotWhatItsDigestSaysIsRefused() throws {
        try withStore { store, maker, _ in
            var maker = maker
            let bytes = layer("true")
            try maker.add([bytes])
            let name = maker.folder + "/blobs/sha256/" + ImageDigest(of: bytes).digits
            for (change, words) in [
                (Array(bytes.dropLast()), "bytes"), (bytes + [0], "more bytes"),
                (bytes.map { $0 == 0x74 ? 0x54 : $0 }, "digest"),
            ] {
                try files.replace(name, with: change)
                refused(words) { _ = try store.importImage(from: maker.folder) }
            }
            #expect(try store.list().isEmpty)
            #expect(try files.names(in: store.root + "/blobs").isEmpty)
        }
    }

    @Test func aLayerOfAnotherDigestThanTheConfigurationSaysIsRefused() throws {
        try withStore { store, maker, _ in
            var maker = maker
            try maker.add([layer("a")], diffs: [ImageDigest(of: [1])])
            refused("unpacked") { _ = try store.importImage(from: maker.folder) }
            #expect(try files.names(in: store.root + "/layers").isEmpty)
        }
    }

    @Test func whatDoesNotFitThisMachineIsNamed() throws {
        try withStore { store, maker, scratch in
            var maker = maker
            refused("no such file") { _ = try store.importImage(from: "/no/such") }
            refused("index.json") { _ = try store.importImage(from: maker.folder) }
            try maker.add([layer("a")], architecture: "s390x")
            refused("s390x") { _ = try store.importImage(from: maker.folder) }
            try files.replace(scratch.path + "/text", with: Array("hello".utf8))
            refused("middle") { _ = try store.importImage(from: scratch.path + "/text") }
            try files.replace(maker.folder + "/index.json", with: Array("{".utf8))
            refused("line 1") { _ = try store.importImage(from: maker.folder) }
        }
    }

    private func refused(_ words: String, _ body: () throws -> Void) {
        do {
            try body()
            Issue.record("not refused: \(words)")
        } catch {
            #expect("\(error)".contains(words), "\(error)")
            #expect(error is DriverError)
        }
    }
}

extension ImageStore {
    fileprivate func incoming(_ name: String) -> String { "\(root)/incoming/\(name)" }
}
