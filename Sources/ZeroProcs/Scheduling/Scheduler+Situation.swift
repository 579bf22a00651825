public import MMSGraph
public import Resources

extension Scheduler {
    /// What the scheduler decides from.
    public struct Situation: Sendable {
        /// All resources of type `task`.
        public var tasks: [Resource]
        /// All resources of type `assignment`.
        public var assignments: [Resource]
        /// The machines.
        public var machines: [Offer]
        /// Where volumes live.
        public var volumes: [VolumePin] = []
        /// Machines that are given up: what they had is placed elsewhere.
        public var lapsed: Set<ResourceName> = []
        /// Why machines are given up, where more is known than that they are.
        public var reasons: [ResourceName: String] = [:]
        /// What becomes of volumes whose machine is lost; one that is not here waits.
        public var losses: [VolumeName: VolumeLoss] = [:]
        /// The resources of type `instance` of machines that are heard.
        public var instances: [Resource] = []
        /// The resources of type `component`: how many replicas of each may be away at once.
        public var components: [Resource] = []

        /// Tasks, assignments and machines.
        public init(tasks: [Resource], assignments: [Resource], machines: [Offer]) {
            self.tasks = tasks
            self.assignments = assignments
            self.machines = machines
        }

        /// What a state of the graph holds, of the fleet log and all machine logs read here.
        public init(_ graph: some GraphReader) throws(GraphError) {
            func all(_ type: TypeName) throws(GraphError) -> [Resource] {
                try graph.resources(of: type, below: .root)
            }
            let standings = try MachineStandings(graph)
            let volumes = try all(AppTypes.volume.name)
            self.init(
                tasks: try all(AppTypes.task.name), assignments: try all(AppTypes.assignment.name),
                machines: standings.offers(try all(CoreTypes.known("machine"))))
            self.volumes = VolumePin.all(try all(AppTypes.volumestate.name), of: volumes)
            losses = VolumeLoss.all(volumes)
            reasons = standings.lost
            lapsed = Set(reasons.keys)
            instances = standings.current(try all(AppTypes.instance.name))
            components = try all(AppTypes.component.name)
        }

        /// The machines that are given up, and why.
        var lost: [ResourceName: String] {
            var lost = reasons
            let standing = machines.filter(\.standing.isLost).map(\.name)
            for machine in lapsed.union(standing) where lost[machine] == nil {
                lost[machine] = "\(machine) is gone"
            }
            return lost
        }
    }
}
