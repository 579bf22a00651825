public import Resources

/// What was found out about a target before anything is written to it.
public struct TargetFacts: Hashable, Sendable {
    /// What it is.
    public var kind: ReproductionTarget
    /// Where it is.
    public var path: String
    /// True when it is there at all; a directory or an image file is made when absent.
    public var exists: Bool
    /// What it holds, for people: "12 files", "an ext4 file system"; nil when it is empty.
    public var holds: String?
    /// True when it holds a copy of this lineage, which an update may go on from.
    public var holdsCopy = false
    /// Where it or a part of it is mounted.
    public var mountedAt: String?
    /// True when this machine runs from it: its root, its state, or what is below one of them.
    public var isRunning = false
    /// True when nothing can be written there.
    public var isReadOnly = false
    /// Bytes that it has room for.
    public var room: Int64
    /// The processor of the machine it is for; nil when that is not known.
    public var architecture: Description.Architecture?

    /// Facts of a target that nothing speaks against but what it holds and its room.
    public init(
        _ kind: ReproductionTarget, path: String, exists: Bool, holds: String? = nil, room: Int64
    ) {
        self.kind = kind
        self.path = path
        self.exists = exists
        self.holds = holds
        self.room = room
    }

    /// Every reason against building `description` here, the gravest first; empty when there is
    /// none. `needed` is what the target takes; `isForced` says that its loss is accepted.
    public func refusals(
        of description: Description, needed: Int64, isForced: Bool = false
    ) -> [TargetRefusal] {
        var found: [TargetRefusal] = []
        if isRunning { found.append(.running) }
        if let architecture, architecture != description.architecture {
            found.append(
                .wrongArchitecture(target: architecture, described: description.architecture))
        }
        if kind != .directory, kind != .host, description.boot == nil { found.append(.notBootable) }
        if !exists, kind == .device || kind == .host { found.append(.absent) }
        if isReadOnly { found.append(.readOnly) }
        if let mountedAt { found.append(.mounted(at: mountedAt)) }
        // The slot that does not run always holds what ran before.
        if let holds, !holdsCopy, kind != .slot { found.append(.notEmpty(holds)) }
        if room < needed { found.append(.tooSmall(room: room, needed: needed)) }
        return isForced ? found.filter { !$0.yieldsToForce } : found
    }

    /// The first reason as an error; does nothing when there is none.
    public func check(
        _ description: Description, needed: Int64, isForced: Bool = false
    ) throws(ReproductionError) {
        let found = refusals(of: description, needed: needed, isForced: isForced)
        guard let first = found.first else { return }
        let (cause, remedy) = first.words
        throw ReproductionError(
            first.kind, operation: "build on", subject: printable(path), cause: cause,
            remedy: remedy)
    }
}
