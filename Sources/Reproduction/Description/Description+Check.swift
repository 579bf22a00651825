internal import Resources
internal import Trust

// What must hold of every description, whoever made it.

extension Description {
    func check() throws(ReproductionError) {
        guard sequence >= 1 else {
            throw Self.refusal(.badForm, "its sequence is \(sequence)", "count from 1")
        }
        try checkCounts()
        try DescribedPaths.check(files)
        try checkBoot()
        try checkModules()
        try checkApps()
        try checkImages()
        try checkResources()
        try parameters.check()
        try checkSizes()
        try checkProvenance()
    }

    private func checkCounts() throws(ReproductionError) {
        let counts = [
            (files.count, Limits.describedFiles), (modules.count, Limits.describedModules),
            (apps.count, Limits.describedApps), (images.count, Limits.describedImages),
            (resources.count, Limits.describedResources),
        ]
        for (count, limit) in counts where count > limit.value {
            throw Self.refusal(
                .tooLarge, "it has \(count) \(limit.unit); the limit is \(limit.value)",
                "describe a system of fewer \(limit.unit)")
        }
    }

    private func checkBoot() throws(ReproductionError) {
        guard let boot else {
            if modules.isEmpty { return }
            throw Self.refusal(.badForm, "it has modules and no kernel", "describe what boots it")
        }
        var size = 0
        for word in boot.commandLine {
            guard !word.isEmpty, word.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != 0x22 })
            else {
                throw Self.refusal(
                    .badForm, "\(printable(word)) is no word of a kernel's command line",
                    "give words of printable ASCII without spaces and quotes")
            }
            if let derived = Boot.derived.first(where: { word.hasPrefix($0) }) {
                throw Self.refusal(
                    .badForm, "the command line lists \(derived), which is computed",
                    "leave it out")
            }
            size += word.utf8.count + 1
        }
        let most = Limits.kernelCommandLine.value
        guard size <= most else {
            throw Self.refusal(
                .tooLarge, "its command line has \(size) bytes; the limit is \(most)",
                "leave words out")
        }
    }

    private func checkModules() throws(ReproductionError) {
        var seen = Set<String>()
        for module in modules {
            try DescribedPaths.check(module.path)
            guard seen.insert(module.path).inserted else {
                throw Self.refusal(
                    .badForm, "module \(printable(module.path)) is there twice", "list it once")
            }
        }
    }

    private func checkApps() throws(ReproductionError) {
        try Self.checkOrder(apps.map(\.key), "apps")
        for app in apps {
            let what = "app \(printable(app.name.text))"
            try Self.checkBlobs(app.blobs, having: app.bundle, of: what)
            guard (1...128).contains(app.version.utf8.count), app.signature?.count ?? 64 == 64
            else {
                throw Self.refusal(
                    .badForm, "\(what) has no proper version or signature",
                    "give 1 to 128 bytes of version and 64 of signature")
            }
        }
    }

    private func checkImages() throws(ReproductionError) {
        try Self.checkOrder(images.map(\.digest.hex), "images")
        for image in images {
            try Self.checkBlobs(image.blobs, having: image.digest, of: "image \(image.digest)")
        }
    }

    private static func checkBlobs(
        _ blobs: [Blob], having digest: ContentDigest, of what: String
    ) throws(ReproductionError) {
        try checkOrder(blobs.map(\.digest.hex), "blobs of \(what)")
        guard blobs.contains(where: { $0.digest == digest }) else {
            throw refusal(
                .badForm, "\(what) does not have its manifest among its blobs",
                "describe it again from its store")
        }
    }

    private func checkResources() throws(ReproductionError) {
        try Self.checkOrder(resources.map(\.key), "resources")
        for resource in resources where resource.namespace.isOfMachine {
            throw Self.refusal(
                .badForm,
                "\(resource.type)/\(resource.name) is of the machine in "
                    + "\(resource.namespace)", "what is of one machine is not heritable")
        }
    }

    private static func checkOrder(_ keys: [String], _ what: String) throws(ReproductionError) {
        for (before, key) in zip(keys, keys.dropFirst()) where !before.precedes(key) {
            let name = printable(String(key.map { $0 == "\u{0}" ? " " : $0 }))
            throw refusal(
                .badForm, "\(what) have \(name) twice or out of order", "list it once, in order")
        }
    }

    private func checkSizes() throws(ReproductionError) {
        let most = Int64(Limits.blobBytes.value)
        var sizes: [ContentDigest: Int64] = [:]
        for blob in mentioned {
            guard (0...most).contains(blob.size) else {
                throw Self.refusal(
                    .tooLarge, "\(blob.digest) has \(blob.size) bytes; the limit is \(most)",
                    "keep large data in a volume")
            }
            guard sizes.updateValue(blob.size, forKey: blob.digest) ?? blob.size == blob.size
            else {
                throw Self.refusal(
                    .badForm, "\(blob.digest) has two sizes", "describe the system again")
            }
        }
    }

    private func checkProvenance() throws(ReproductionError) {
        let known = Set(mentioned.map(\.digest))
        try Self.checkOrder(provenance.map(\.digest.hex), "origins")
        for origin in provenance {
            guard known.contains(origin.digest) else {
                throw Self.refusal(
                    .badForm, "it says where \(origin.digest) comes from and does not have it",
                    "describe the system again")
            }
            for text in [origin.package, origin.version, origin.source, origin.license] {
                let isPlain = text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
                guard isPlain, text.utf8.count <= Limits.originBytes.value else {
                    throw Self.refusal(
                        .badForm, "the origin of \(origin.digest) has \(printable(text))",
                        "give one line of at most \(Limits.originBytes.value) bytes")
                }
            }
        }
    }
}

extension Namespace {
    /// Below `/machines`: of one machine, with its name in it.
    var isOfMachine: Bool { path == "/machines" || path.hasPrefix("/machines/") }
}

extension Description.Parameters {
    func check() throws(ReproductionError) {
        let sizes = [
            ("esp", espBytes), ("root", rootBytes), ("verity", verityBytes), ("data", dataBytes),
        ]
        for (name, size) in sizes where size <= 0 || size % (1 << 20) != 0 || size > 1 << 40 {
            throw Description.refusal(
                .badForm, "parameters.\(name) is \(size)", "give whole MiB, at most 1 TiB")
        }
        guard blockBytes == 4096, salt.count <= 32, seed.count == 16,
            (0...Int64(UInt32.max)).contains(timestamp)
        else {
            throw Description.refusal(
                .badForm, "parameters has a block, salt, seed or timestamp that no writer takes",
                "give block 4096, a salt of at most 32 bytes, a seed of 16, a time in 32 bits")
        }
    }
}
