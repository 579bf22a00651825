/// Why a target is refused.
public enum TargetRefusal: Hashable, Sendable {
    /// It is not there.
    case absent
    /// It holds something.
    case notEmpty(String)
    /// It is mounted there.
    case mounted(at: String)
    /// This machine runs from it.
    case running
    /// Nothing can be written there.
    case readOnly
    /// It has room for so many bytes and needs so many.
    case tooSmall(room: Int64, needed: Int64)
    /// It is of another kind than the description.
    case wrongArchitecture(target: Description.Architecture, described: Description.Architecture)
    /// The description does not say what boots it.
    case notBootable

    /// True when someone who says so may do it all the same: what is lost then is the target's.
    public var yieldsToForce: Bool {
        switch self {
        case .notEmpty, .mounted: true
        case .absent, .running, .readOnly, .tooSmall, .wrongArchitecture, .notBootable: false
        }
    }

    var kind: ReproductionError.Kind {
        switch self {
        case .absent: .missing
        case .tooSmall: .tooLarge
        case .notEmpty, .mounted, .running, .readOnly, .wrongArchitecture, .notBootable: .refused
        }
    }

    var words: (cause: String, remedy: String) {
        switch self {
        case .absent: ("there is nothing of that name", "connect it, or name another")
        case .notEmpty(let what):
            ("it holds \(what)", "name an empty one, or add --force to lose what it holds")
        case .mounted(let place): ("it is mounted at \(place)", "unmount it, or add --force")
        case .running:
            ("this machine runs from it", "name another disk or directory; force does not help")
        case .readOnly: ("it is read-only", "make it writable, or name another")
        case .tooSmall(let room, let needed):
            ("it has room for \(room) bytes and needs \(needed)", "name a larger one")
        case .wrongArchitecture(let target, let described):
            (
                "it is for \(target.rawValue) and the description for \(described.rawValue)",
                "describe a system of that kind of processor"
            )
        case .notBootable:
            (
                "the description is of an installation on another Linux and boots nothing",
                "reproduce to a directory, or describe an image of pisces"
            )
        }
    }
}
