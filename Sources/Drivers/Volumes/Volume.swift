public import Resources

/// What a volume is kept on.
public enum VolumeDevice: String, Hashable, Sendable, CaseIterable {
    /// A folder; its size is checked when it is made, and then only told.
    case directory
    /// An ext4 file system in an image file, mounted through a loop device; its size is enforced.
    case loop
    /// Memory; its size is enforced, its content ends with the machine's uptime.
    case tmpfs

    /// Whether a task's files are behind a mount.
    var isMounted: Bool { self != .directory }
}

/// What to make.
public struct VolumeRequest: Hashable, Sendable {
    /// Its identity, that of the resource.
    public var id: Identifier
    /// For people: `guestbook-data-0`.
    public var name: String
    /// What it is kept on.
    public var device: VolumeDevice
    /// Bytes it may hold.
    public var size: Int64

    /// A request.
    public init(id: Identifier, name: String, device: VolumeDevice, size: Int64) {
        self.id = id
        self.name = name
        self.device = device
        self.size = size
    }
}

/// Who has a volume.
public struct VolumeHolder: Hashable, Sendable {
    /// The task's identity.
    public var task: Identifier
    /// Its name, for people.
    public var name: String
    /// The position of the log that gave it the volume.
    public var position: Position
    /// Since when.
    public var since: WallTime

    /// A holder.
    public init(task: Identifier, name: String, position: Position, since: WallTime) {
        self.task = task
        self.name = name
        self.position = position
        self.since = since
    }
}

/// A volume of this machine, as its record has it (Docs/Formats/volumes.md).
public struct Volume: Hashable, Sendable {
    /// Its identity.
    public let id: Identifier
    /// For people.
    public let name: String
    /// What it is kept on.
    public let device: VolumeDevice
    /// Bytes it may hold.
    public internal(set) var size: Int64
    /// When it was made.
    public let created: WallTime
    /// The highest position at which it was attached; 0 before the first.
    public internal(set) var fence = Position.zero
    /// Who has it.
    public internal(set) var holder: VolumeHolder?
    /// The volume and snapshot it was cloned from.
    public internal(set) var origin: VolumeOrigin?

    init(_ request: VolumeRequest, created: WallTime) {
        id = request.id
        name = request.name
        device = request.device
        size = request.size
        self.created = created
    }

    init(id: Identifier, name: String, device: VolumeDevice, size: Int64, created: WallTime) {
        self.init(
            VolumeRequest(id: id, name: name, device: device, size: size), created: created)
    }
}

/// Where a clone comes from.
public struct VolumeOrigin: Hashable, Sendable {
    /// The volume.
    public var volume: Identifier
    /// Its snapshot.
    public var snapshot: String

    /// A snapshot of a volume.
    public init(volume: Identifier, snapshot: String) {
        self.volume = volume
        self.snapshot = snapshot
    }
}

/// A state of a volume that was kept.
public struct VolumeSnapshot: Hashable, Sendable {
    /// Its name.
    public var name: String
    /// When it was made.
    public var created: WallTime
    /// Bytes the volume could hold then.
    public var size: Int64
    /// Bytes that were copied for it, and so are taken on the disk.
    public var copied: Int64
    /// Bytes it shares with the volume until one of them changes.
    public var shared: Int64
    /// Files and folders; 1 for an image.
    public var entries: Int
}

/// A volume as it is now.
public struct VolumeState: Hashable, Sendable {
    /// What its record says.
    public var volume: Volume
    /// The folder a task sees.
    public var path: String
    /// Whether that folder is there to be used.
    public var isReady: Bool
    /// Bytes its files take; nil when it was not measured.
    public var used: Int64?
    /// Its snapshots, in order of their names.
    public var snapshots: [VolumeSnapshot]
}
