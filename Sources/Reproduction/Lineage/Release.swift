public import Resources
public import Trust

/// A description that keys vouch for, from when until when, and which it is in its lineage: what a
/// machine has to see before it becomes that. Format: Docs/Formats/lineage.md.
public struct Release: Hashable, Sendable {
    /// The digest of the description.
    public let generation: ContentDigest
    /// The sequence of the description.
    public let sequence: Int64
    /// When it was signed.
    public let issued: WallTime
    /// When it may not be used any more.
    public let expires: WallTime
    /// Who vouches for it, in order of the keys.
    public internal(set) var signatures: [Vote] = []

    /// A key and its signature.
    public struct Vote: Hashable, Sendable {
        /// Who signed.
        public let key: SignerKey
        /// Over the release without signatures.
        public let signature: Signature
    }

    static let format: Int64 = 1

    /// A release nobody signed yet.
    public init(of description: Description, issued: WallTime, expires: WallTime) {
        generation = description.digest
        sequence = description.sequence
        self.issued = issued
        self.expires = expires
    }

    /// Adds a signature, or replaces the one of that key.
    public mutating func sign(by key: MachineKey) throws(ReproductionError) {
        let vote: Vote
        do throws(TrustError) {
            vote = Vote(key: key.signerKey, signature: try key.sign(digest, as: .release))
        } catch { throw ReproductionError(error) }
        signatures = (signatures.filter { $0.key != vote.key } + [vote]).sorted {
            $0.key.bytes.lexicographicallyPrecedes($1.key.bytes)
        }
    }

    /// What is signed: the SHA-256 of a CBOR list.
    var digest: ContentDigest {
        var writer = CBORWriter()
        writer.beginList(5)
        writer.write(Self.format)
        writer.write(bytes: generation.bytes)
        writer.write(sequence)
        writer.write(issued.milliseconds)
        writer.write(expires.milliseconds)
        return ContentDigest(of: writer.bytes)
    }
}

/// Whose releases a machine takes.
public struct ReleaseTrust: Hashable, Sendable {
    /// The keys that count.
    public let keys: [SignerKey]
    /// How many of them have to sign.
    public let threshold: Int

    /// So many of these keys; a threshold that cannot be reached is refused, and so is none.
    public init(keys: [SignerKey], threshold: Int) throws(ReproductionError) {
        let distinct = Set(keys)
        guard (1...max(1, distinct.count)).contains(threshold), !distinct.isEmpty,
            distinct.count <= Limits.descriptionKeys.value
        else {
            throw ReproductionError(
                .badForm, operation: "trust", subject: "\(threshold) of \(distinct.count) keys",
                cause: "a threshold is from 1 to the number of keys, at most "
                    + "\(Limits.descriptionKeys.value)", remedy: "name enough different keys")
        }
        self.keys = distinct.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
        self.threshold = threshold
    }

    /// What a machine knows when it is offered a release.
    public struct Present: Hashable, Sendable {
        /// What it runs; nil for a machine that runs nothing yet.
        public var generation: ContentDigest?
        /// The sequence of that; 0 without.
        public var sequence: Int64
        /// Its clock, which may have lost the time.
        public var now: WallTime
        /// The latest time a release it took was signed at: it is later than that.
        public var floor: WallTime

        /// What a machine knows.
        public init(
            generation: ContentDigest?, sequence: Int64, now: WallTime,
            floor: WallTime = WallTime(milliseconds: 0)
        ) {
            self.generation = generation
            self.sequence = sequence
            self.now = now
            self.floor = floor
        }

        /// A clock that starts in 1970 is behind what was signed; then that is the time. So an
        /// expired release stays refused, and a good one is not refused for a lost clock.
        var time: WallTime {
            now.milliseconds < floor.milliseconds ? floor : now
        }
    }

    /// Checks that enough keys vouch for `release`, that it is of `description`, that its time is
    /// not over, and that it is newer than what runs, or the same.
    public func check(
        _ release: Release, of description: Description, at present: Present
    ) throws(ReproductionError) {
        guard description.digest == release.generation, description.sequence == release.sequence
        else {
            throw refusal(
                .damaged, release,
                "it was signed for another description, of sequence "
                    + "\(release.sequence)", "get both again from the same place")
        }
        try checkVotes(release)
        guard release.expires.milliseconds > present.time.milliseconds else {
            throw refusal(
                .expired, release, "its time was over at \(release.expires.milliseconds) ms",
                "sign it again, or set the clock when it is wrong")
        }
        if release.generation == present.generation { return }
        guard release.sequence > present.sequence else {
            throw refusal(
                .outdated, release,
                "it has sequence \(release.sequence) and "
                    + "\(present.sequence) runs", "sign the description with a higher sequence")
        }
    }

    private func checkVotes(_ release: Release) throws(ReproductionError) {
        var count = 0
        for vote in release.signatures where keys.contains(vote.key) {
            do throws(TrustError) {
                try vote.key.verify(vote.signature, of: release.digest, as: .release)
            } catch { throw ReproductionError(error) }
            count += 1
        }
        guard count >= threshold else {
            let unknown = release.signatures.count - count
            throw refusal(
                .untrusted, release,
                "\(count) of the \(threshold) keys it takes signed it"
                    + (unknown > 0 ? ", and \(unknown) that do not count" : ""),
                "let holders of the keys sign it")
        }
    }

    private func refusal(
        _ kind: ReproductionError.Kind, _ release: Release, _ cause: String, _ remedy: String
    ) -> ReproductionError {
        ReproductionError(
            kind, operation: "take", subject: "description \(release.generation)", cause: cause,
            remedy: remedy)
    }
}
