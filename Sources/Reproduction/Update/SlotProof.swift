internal import Trust

extension Constructor {
    /// What a slot holds, read back: the digest of its root if its tree is the one over that root.
    ///
    /// The digest is the root hash of the verity tree, which is what the signed description leads
    /// to and nothing else does. `report` is told of every piece.
    func proof(
        root: some ImageTarget, verity: some ImageTarget,
        _ report: (Int64) throws(ReproductionError) -> Void = { _ in }
    ) throws(ReproductionError) -> RootSeal {
        let end = self.root.blocks * RootFileSystem.block
        var hasher = VerityHasher(salt: description.parameters.salt, expecting: self.root.blocks)
        try Self.read(root, count: end) { (bytes) throws(ReproductionError) in
            hasher.take(bytes)
            try report(Int64(bytes.count))
        }
        let tree = hasher.finish(identity: Array(digest.bytes.prefix(16)))
        let (wanted, found) = (try Self.digest(tree.bytes), try verity.digest(of: tree.bytes.size))
        guard wanted == found else {
            throw ReproductionError(
                .damaged, operation: "read back", subject: verity.name,
                cause: "it is not the tree over the root beside it", remedy: "look after the disk")
        }
        try report(tree.bytes.size)
        return tree.seal
    }

    /// Bytes that a proof reads.
    var proofBytes: Int64 {
        root.blocks * RootFileSystem.block + VerityTree.bytes(over: root.blocks)
    }

    private static func read(
        _ target: some ImageTarget, count: Int64,
        _ take: (ArraySlice<UInt8>) throws(ReproductionError) -> Void
    ) throws(ReproductionError) {
        var offset: Int64 = 0
        while offset < count {
            let wanted = Int(min(count - offset, 256 << 10))
            let bytes = try target.read(at: offset, count: wanted)
            guard bytes.count == wanted else {
                throw ReproductionError(
                    .damaged, operation: "read back", subject: target.name,
                    cause: "it ends at byte \(offset) of \(count)", remedy: "look after the disk")
            }
            try take(bytes[...])
            offset += Int64(wanted)
        }
    }

    private static func digest(_ rope: Rope) throws(ReproductionError) -> ContentDigest {
        var hasher = ContentHasher()
        try rope.write(from: BlobSources([])) { hasher.update($0) }
        return hasher.finish()
    }
}

extension RootSeal {
    /// The root hash as a digest.
    var root: ContentDigest { ContentDigest(bytes: hash) ?? ContentDigest(of: hash) }
}
