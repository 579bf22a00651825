internal import Drivers
internal import Host
internal import MMSGraph
internal import Node
internal import Reproduction
internal import Resources
internal import Trust
internal import ZeroProcs

/// Takes over what a copy of a system has: bundles, images, desired state.
struct Inheritor {
    let api: API
    let caller: Caller
    let reason: String

    private var node: LinuxNode { api.node }
    private var entropy: LinuxEntropy { api.entropy }
    private var clock: LinuxClock { api.clock }

    /// What was taken over.
    struct Taken {
        let generation: ContentDigest
        let bundles: Int
        let images: Int
        /// Resources that were made.
        let made: Int
        /// Resources that were here.
        let kept: Int
    }

    /// Proves the content of a copy and takes over what is not here.
    func take(_ copy: CopyDirectory) throws(Refusal) -> Taken {
        let description = try api.reproducing { () throws(ReproductionError) in
            try self.description(of: copy)
        }
        try takeContent(description, copy)
        let (made, kept) = try takeResources(description)
        return Taken(
            generation: description.digest, bundles: description.apps.count,
            images: description.images.count, made: made, kept: kept)
    }

    /// The same, without desired state.
    func takeContent(_ copy: CopyDirectory) throws(Refusal) -> Taken {
        let description = try api.reproducing { () throws(ReproductionError) in
            try self.description(of: copy)
        }
        try takeContent(description, copy)
        return Taken(
            generation: description.digest, bundles: description.apps.count,
            images: description.images.count, made: 0, kept: 0)
    }

    /// Takes over bundles and images that are not here.
    func takeContent(_ description: Description, _ copy: CopyDirectory) throws(Refusal) {
        try takeBundles(description, copy)
        try takeImages(description, copy)
    }

    private func description(of copy: CopyDirectory) throws(ReproductionError) -> Description {
        guard let description = try copy.description() else {
            throw ReproductionError(
                .missing, operation: "inherit", subject: printable(copy.path),
                cause: "it has no description",
                remedy: "name a directory that pisces reproduce "
                    + "made to its end")
        }
        guard description.architecture == .own else {
            throw ReproductionError(
                .refused, operation: "inherit", subject: printable(copy.path),
                cause: "it is for \(description.architecture.rawValue)",
                remedy: "use a copy of a machine of this kind")
        }
        for blob in description.blobs where try !copy.store.has(blob) {
            throw ReproductionError(
                .missing, operation: "inherit", subject: printable(copy.path),
                cause: "it lacks \(blob.digest)", remedy: "make the copy again; it goes on")
        }
        return description
    }

    private func takeBundles(
        _ description: Description, _ copy: CopyDirectory
    ) throws(Refusal) {
        let store = Store(path: node.apps.directory + "/store")
        for app in description.apps {
            try fromStore { () throws(BundleError) in
                let manifest = try Self.bytes(app.bundle, in: copy)
                let signature = try app.signature.map { (bytes) throws(BundleError) in
                    try Self.signature(bytes)
                }
                // Who may ask for this may do anything here: the description vouches for all.
                let trust = BundleTrust(accepted: [], takesAny: true)
                try store.add(manifest: manifest, signature: signature, trust: trust) {
                    (digest, offset, count) throws(BundleError) in
                    try Self.bytes(digest, at: offset, count: count, in: copy)
                }
                _ = try store.install(app.bundle, to: node.apps.directory + "/apps", trust: trust)
            }
        }
    }

    private static func signature(_ bytes: [UInt8]) throws(BundleError) -> Signature {
        do throws(TrustError) { return try Signature(bytes: bytes) } catch {
            throw BundleError(
                .damaged, operation: error.operation, subject: error.subject, cause: error.cause,
                remedy: error.remedy)
        }
    }

    private static func bytes(
        _ digest: ContentDigest, at offset: Int = 0, count: Int = Limits.manifestBytes.value,
        in copy: CopyDirectory
    ) throws(BundleError) -> [UInt8] {
        do throws(ReproductionError) {
            let reader = try copy.store.open(digest)
            let most = max(0, min(Int64(count), reader.size - Int64(offset)))
            var bytes = [UInt8](repeating: 0, count: Int(most))
            let count = try reader.read(into: &bytes, at: Int64(offset))
            return Array(bytes.prefix(count))
        } catch {
            throw BundleError(
                .damaged, operation: error.operation, subject: error.subject, cause: error.cause,
                remedy: error.remedy)
        }
    }

    private func fromStore(_ work: () throws(BundleError) -> Void) throws(Refusal) {
        do throws(BundleError) { try work() } catch {
            throw Refusal(
                .invalidValue, filter: "store", subject: error.subject,
                reason: "cannot \(error.operation) it: \(error.cause)", remedy: error.remedy)
        }
    }

    /// Images are imported from a folder in the form of an OCI layout, of links to the content.
    private func takeImages(
        _ description: Description, _ copy: CopyDirectory
    ) throws(Refusal) {
        guard !description.images.isEmpty, let images = node.apps.devices.images else { return }
        let layout = node.apps.directory + "/inherited"
        let files = LinuxFiles()
        for image in description.images {
            do throws(ProcessError) {
                try files.remove(layout)
                try OCILayout.make(layout, of: image, in: copy, files)
            } catch {
                throw Refusal(
                    .unavailable, filter: "reproduction", subject: error.subject,
                    reason: "cannot \(error.operation) it: \(error.cause)")
            }
            do throws(DriverError) { _ = try images.importImage(from: layout) } catch {
                throw api.refusal(of: error)
            }
        }
        // What is left is links; the next one removes them.
        try? files.remove(layout)
    }

    /// Types first: the others may be of them.
    private func takeResources(
        _ description: Description
    ) throws(Refusal) -> (made: Int, kept: Int) {
        let types = description.resources.filter { $0.type == CoreTypes.type.name }
        let others = description.resources.filter { $0.type != CoreTypes.type.name }
        var (made, kept) = (0, 0)
        for group in [types, others] {
            var commands: [Command] = []
            for heir in group {
                let known = try api.reading { () throws(GraphError) in
                    try node.circle.graph.resource(heir.type, heir.name, in: heir.namespace)
                }
                if known != nil {
                    kept += 1
                    continue
                }
                commands.append(.create(draft(of: heir)))
                if commands.count == 256 { try propose(&commands, &made) }
            }
            try propose(&commands, &made)
        }
        return (made, kept)
    }

    private func draft(of heir: Description.Heritable) -> Draft {
        var draft = Draft(
            id: entropy.identifier(at: clock.now), type: heir.type, namespace: heir.namespace,
            name: heir.name, data: heir.data(appsAt: node.apps.directory + "/apps"))
        draft.tags = heir.tags
        return draft
    }

    private func propose(
        _ commands: inout [Command], _ made: inout Int
    ) throws(Refusal) {
        if commands.isEmpty { return }
        let batch = Batch(commands, reason: reason)
        _ = try node.circle.fleet.propose(
            Proposal(caller: caller, batch: batch, time: clock.now)
        ).get()
        made += commands.count
        commands = []
    }
}
