internal import Trust

extension Constructor {
    /// Builds a whole image at the start of a target.
    ///
    /// `diskBytes` is the size of the disk it is laid out for, the smallest when not given; the
    /// data get all that is left. The table of partitions is written when all else is durable.
    public func construct(
        on target: some ImageTarget, diskBytes: Int64? = nil,
        report: Report = { _ in }
    ) throws(ReproductionError) -> Construction {
        let boot = try bootParts()
        let layout = try ImageLayout(description, diskBytes: diskBytes)
        let room = try target.size
        guard room >= layout.diskBytes else {
            throw ReproductionError(
                .tooLarge, operation: "construct", subject: target.name,
                cause: "the image takes \(layout.diskBytes) bytes, it has \(room)",
                remedy: "give a larger target")
        }
        let data = try DataTemplate(
            size: description.parameters.dataBytes,
            timestamp: description.parameters.timestamp
        ).content()
        // The ESP's size does not depend on the hash: it is known, and refused, before a byte is
        // written.
        let draft = try bootVolume(boot, draftSeal, size: description.parameters.espBytes)
        var meter = ProgressMeter(
            total: root.blocks * RootFileSystem.block + VerityTree.bytes(over: root.blocks)
                + draft.size + data.size)
        try removeTables(layout, target)
        let tree = try writeRoot(to: part(.rootA, layout, target), &meter, report)
        try write(tree.bytes, to: part(.verityA, layout, target), &meter, report)
        let esp = try bootVolume(boot, tree.seal, size: description.parameters.espBytes)
        try write(esp, to: part(.esp, layout, target), &meter, report, clearing: true)
        // What is in the other slot may be what all of this was read from.
        try clearRest(layout, target, tree)
        try write(
            data, to: part(.data, layout, target), &meter, report, clearing: true)
        try target.sync()
        try writeTables(layout, target)
        return Construction(generation: digest, seal: tree.seal, bytes: layout.diskBytes)
    }

    private func part<Target: ImageTarget>(
        _ part: ImageLayout.Part, _ layout: ImageLayout, _ target: Target
    ) -> TargetPart<Target> {
        TargetPart(whole: target, range: layout.range(of: part), label: part.rawValue)
    }

    /// A seal as long as that of the root.
    private var draftSeal: RootSeal {
        RootSeal(
            identity: Array(digest.bytes.prefix(16)), blocks: root.blocks,
            hash: [UInt8](repeating: 0, count: 32), salt: description.parameters.salt)
    }

    /// While the image is not whole, nothing may take it for one.
    private func removeTables(
        _ layout: ImageLayout, _ target: some ImageTarget
    ) throws(ReproductionError) {
        try target.clear(0..<ImageLayout.unit)
        try target.clear(layout.range(of: .data).upperBound..<layout.diskBytes)
        try target.sync()
    }

    private func writeTables(
        _ layout: ImageLayout, _ target: some ImageTarget
    ) throws(ReproductionError) {
        let table = layout.table
        try target.write(table.mirror[...], at: layout.diskBytes - PartitionTable.mirrorBytes)
        try target.write(table.primary[...], at: 0)
        try target.sync()
    }

    /// What an older image left in the slots. The other slot is empty in every new image.
    private func clearRest(
        _ layout: ImageLayout, _ target: some ImageTarget, _ tree: VerityTree
    ) throws(ReproductionError) {
        let (rootA, verityA) = (layout.range(of: .rootA), layout.range(of: .verityA))
        try target.clear(
            rootA.lowerBound + tree.seal.blocks * RootFileSystem.block..<rootA.upperBound)
        try target.clear(verityA.lowerBound + tree.bytes.size..<verityA.upperBound)
        try target.clear(
            layout.range(of: .rootB).lowerBound..<layout.range(of: .verityB).upperBound)
    }

    /// Writes a rope from the start of a target, and zeros behind it when asked.
    func write(
        _ rope: Rope, to target: some ImageTarget, _ meter: inout ProgressMeter,
        _ report: Report, clearing: Bool = false
    ) throws(ReproductionError) {
        let room = try target.size
        guard rope.size <= room else {
            throw ReproductionError(
                .tooLarge, operation: "write", subject: target.name,
                cause: "it needs \(rope.size) bytes and has \(room)",
                remedy: "describe less, or larger partitions")
        }
        var writer = TargetWriter(target)
        try rope.write(from: blobs) { (bytes) throws(ReproductionError) in
            try writer.take(bytes)
            try meter.add(bytes.count, report)
        }
        if clearing { try target.clear(rope.size..<room) }
    }
}
