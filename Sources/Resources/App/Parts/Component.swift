extension App {
    /// A part of an app: replicas of one program.
    public struct Component: Hashable, Sendable {
        /// Its name, a DNS label.
        public var name: String
        /// What each replica runs.
        public var run: Run
        /// How many run.
        public var count = 1
        /// When it runs, when it is a job: what starts, ends, and starts again at its time.
        public var schedule: Schedule?
        /// What each replica needs.
        public var needs = Needs()
        /// Port of the first replica, by name; the n-th has n more. 0: the scheduler gives one.
        public var ports = SortedMap<Int>()
        /// Absolute paths of the app's volumes, by name.
        public var volumes = SortedMap<String>()
        /// Which of them all replicas share; the app's volumes say so.
        public var shared: [String] = []
        /// Environment of each replica.
        public var environment = SortedMap<String>()
        /// Names of resources of type `config`, by absolute path.
        public var configs = SortedMap<String>()
        /// Names of resources of type `secret`, by variable or absolute path.
        public var secrets = SortedMap<String>()
        /// What follows a change of one of them.
        public var onChange = Change.restart
        /// How to find out whether a replica serves.
        public var health: Health?
        /// How a replica is asked to end.
        public var stop = Stop()
        /// When a replica is started again.
        public var restart = Restart.always
        /// Where replicas may run and would like to.
        public var place = Placement()
        /// How replicas are moved to a new version.
        public var update = Update()

        /// A component of one replica that runs `run`.
        public init(name: String, run: Run) {
            self.name = name
            self.run = run
        }

        /// When a job starts.
        public enum Schedule: Hashable, Sendable {
            /// Every so many milliseconds.
            case every(Int64)
            /// At times of the calendar, in UTC.
            case cron(CronSchedule)
        }
    }

    /// What one replica needs of its machine; with a container also what it is held to.
    public struct Needs: Hashable, Sendable {
        /// Cores.
        public var cpu: Double?
        /// Bytes of memory.
        public var memory: Int64?
        /// Bytes of the machine's disk.
        public var storage: Int64?
        /// Processes and threads.
        public var processes: Int?

        /// Needs; nil is nothing said.
        public init(
            cpu: Double? = nil, memory: Int64? = nil, storage: Int64? = nil, processes: Int? = nil
        ) {
            self.cpu = cpu
            self.memory = memory
            self.storage = storage
            self.processes = processes
        }
    }

    /// How a task is asked to end.
    public struct Stop: Hashable, Sendable {
        /// What it is sent.
        public var signal = Signal.terminate
        /// Milliseconds until it is killed.
        public var grace = Int64(Limits.stopGrace.value)

        /// TERM and ten seconds.
        public init() {}
    }
}
