/// What there is of etcd, as one machine sees it.
public struct MemberScene: Hashable, Sendable {
    /// This machine.
    public var local: ResourceName
    /// The members there shall be.
    public var desired: [MemberSeat]
    /// Whether a first member may be made.
    public var founding: Founding
    /// What the cluster says; nil when it does not answer.
    public var cluster: MemberCluster?
    /// What machines say of themselves; this one must be among them.
    public var machines: [ResourceName: MachineReport]
    /// True on the machine that may change the cluster: the holder of the pen.
    public var mayChange: Bool
    /// True while the log leaves the members for the files of a machine: they end soon.
    public var isLeaving = false
    /// Before that time nothing of the cluster is changed: see ``MemberPatience``.
    public var notBefore: Ticks
    /// Now.
    public var now: Ticks

    /// Whether a first member may be made. One cluster is founded once: what a machine finds
    /// empty later was lost, and a second cluster would be a second truth.
    public enum Founding: Hashable, Sendable {
        /// No log lives in a cluster yet; that machine makes the first member.
        case open(on: ResourceName)
        /// A log lives in the cluster.
        case done
    }

    /// A scene.
    public init(
        local: ResourceName, desired: [MemberSeat], founding: Founding, cluster: MemberCluster?,
        machines: [ResourceName: MachineReport], mayChange: Bool, notBefore: Ticks = .zero,
        now: Ticks
    ) {
        self.local = local
        self.desired = desired
        self.founding = founding
        self.cluster = cluster
        self.machines = machines
        self.mayChange = mayChange
        self.notBefore = notBefore
        self.now = now
    }
}
