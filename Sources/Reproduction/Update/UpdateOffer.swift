public import Resources
public import Trust

/// A system that a machine is to become, and who vouches for it.
public struct UpdateOffer: Hashable, Sendable {
    /// What it is.
    public let description: Description
    /// Who vouches for it; nil when nobody does.
    public let release: Release?

    /// An offer.
    public init(_ description: Description, _ release: Release?) {
        self.description = description
        self.release = release
    }

    /// What a machine knows of itself when it is offered a system.
    public struct Machine: Sendable {
        /// What it runs; nil when it runs no image.
        public var running: Description?
        /// Its kind of processor.
        public var architecture: Description.Architecture
        /// Its clock.
        public var now: WallTime
        /// When the latest release it took was signed.
        public var floor: WallTime
        /// Generations it gave up.
        public var quarantined: Set<ContentDigest>

        /// What a machine knows.
        public init(
            running: Description?, architecture: Description.Architecture, now: WallTime,
            floor: WallTime = WallTime(milliseconds: 0), quarantined: Set<ContentDigest> = []
        ) {
            self.running = running
            self.architecture = architecture
            self.now = now
            self.floor = floor
            self.quarantined = quarantined
        }
    }

    /// Refuses what this machine must not become, before a byte is copied.
    public func check(
        on machine: Machine, policy: UpdatePolicy
    ) throws(ReproductionError) {
        guard let running = machine.running, running.boot != nil else {
            throw refusal(
                .refused, "this machine does not run from an image",
                "on another Linux install the new program; see Docs/updates.md")
        }
        let present = ReleaseTrust.Present(
            generation: running.digest, sequence: running.sequence, now: machine.now,
            floor: machine.floor)
        try policy.check(release, of: description, at: present)
        guard description.architecture == machine.architecture else {
            throw refusal(
                .refused,
                "it is for \(description.architecture.rawValue), and this machine is "
                    + machine.architecture.rawValue, "describe a system for this machine")
        }
        guard description.boot != nil else {
            throw refusal(
                .refused, "nothing in it boots: it is an installation on another Linux",
                "offer the description of an image")
        }
        guard description.digest != running.digest else {
            throw refusal(.refused, "this machine runs it already", "there is nothing to do")
        }
        if machine.quarantined.contains(description.digest) {
            throw refusal(
                .refused, "this machine fell back from it and keeps it in quarantine",
                "describe a mended system, with a higher sequence")
        }
    }

    /// Bytes of content that the running system does not have.
    public func changedBytes(since running: Description) -> Int64 {
        let known = Set(running.blobs.map(\.digest))
        return description.blobs.reduce(0) { $0 + (known.contains($1.digest) ? 0 : $1.size) }
    }

    private func refusal(
        _ kind: ReproductionError.Kind, _ cause: String, _ remedy: String
    ) -> ReproductionError {
        ReproductionError(
            kind, operation: "take", subject: "description \(description.digest)", cause: cause,
            remedy: remedy)
    }
}
