internal import Trust

extension Constructor {
    /// Writes a root and its tree into a slot, for an update: from the starts of the two targets,
    /// which are as large as the description's partitions or larger. What is behind them stays.
    public func slot(
        root rootTarget: some ImageTarget, verity verityTarget: some ImageTarget,
        report: Report = { _ in }
    ) throws(ReproductionError) -> RootSeal {
        let bytes = root.blocks * RootFileSystem.block
        let treeBytes = VerityTree.bytes(over: root.blocks)
        try Self.check(room: try rootTarget.size, rootTarget.name, needed: bytes)
        try Self.check(room: try verityTarget.size, verityTarget.name, needed: treeBytes)
        var meter = ProgressMeter(total: bytes + treeBytes)
        let tree = try writeRoot(to: rootTarget, &meter, report)
        try write(tree.bytes, to: verityTarget, &meter, report)
        try rootTarget.sync()
        try verityTarget.sync()
        return tree.seal
    }

    private static func check(
        room: Int64, _ name: String, needed: Int64
    ) throws(ReproductionError) {
        guard room >= needed else {
            throw ReproductionError(
                .tooLarge, operation: "construct", subject: name,
                cause: "it needs \(needed) bytes and has \(room)", remedy: "give a larger slot")
        }
    }

    /// What proves the root that a slot holds, as it is read back: equal to what `slot` gave when
    /// the slot is whole.
    public func sealed(
        root target: some ImageTarget
    ) throws(ReproductionError) -> RootSeal {
        var hasher = VerityHasher(salt: description.parameters.salt, expecting: root.blocks)
        var offset: Int64 = 0
        let end = root.blocks * RootFileSystem.block
        while offset < end {
            let bytes = try target.read(at: offset, count: Int(min(end - offset, 256 << 10)))
            guard Int64(bytes.count) == min(end - offset, 256 << 10) else {
                throw ReproductionError(
                    .damaged, operation: "read back", subject: target.name,
                    cause: "it ends at byte \(offset) of \(end)", remedy: "use another target")
            }
            hasher.take(bytes[...])
            offset += Int64(bytes.count)
        }
        return hasher.finish(identity: Array(digest.bytes.prefix(16))).seal
    }
}
