/// What a machine says of its own member.
public struct MachineReport: Hashable, Sendable {
    /// What lies on its disk.
    public var data: Data
    /// True while its etcd runs.
    public var isRunning: Bool
    /// The version of the program on its disk; nil when there is none.
    public var installed: EtcdVersion?
    /// Why it wants to be started again: another version, other settings; nil when it does not.
    public var wantsRestart: String?
    /// Why its member cannot reach others, or be reached, until it is started again; nil when it
    /// can, and in the report of another machine.
    public var isAdrift: String?

    /// What lies on a disk.
    public enum Data: Hashable, Sendable {
        /// Nothing that was ever started.
        case none
        /// The data of a member; which one is known once it has run.
        case member(UInt64?)
        /// The data of a member of a cluster that was given up.
        case other
    }

    /// A report.
    public init(
        data: Data = .none, isRunning: Bool = false, installed: EtcdVersion? = nil,
        wantsRestart: String? = nil, isAdrift: String? = nil
    ) {
        self.data = data
        self.isRunning = isRunning
        self.installed = installed
        self.wantsRestart = wantsRestart
        self.isAdrift = isAdrift
    }
}
