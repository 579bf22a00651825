extension App {
    /// A place for data that outlives tasks.
    public struct Volume: Hashable, Sendable {
        /// Its name, a DNS label.
        public var name: String
        /// Bytes it holds at the most; nil: what its machine has.
        public var size: Int64?
        /// What keeps the data.
        public var driver = Driver.directory
        /// Who has it.
        public var per = Extent.replica
        /// What follows when the machine that keeps it is lost.
        public var lost = Loss.wait

        /// A volume of that name.
        public init(name: String) { self.name = name }

        /// What keeps the data: a folder, a file system in a file, memory.
        public enum Driver: String, Hashable, Sendable, CaseIterable {
            case directory, loop, tmpfs

            /// True when the size is enforced, so that there must be one.
            public var needsSize: Bool {
                switch self {
                case .directory: false
                case .loop, .tmpfs: true
                }
            }
        }

        /// What follows when the machine that keeps a volume is lost: its tasks wait for the
        /// machine and the data on it, or begin elsewhere with an empty volume, and the old data
        /// is never given to them again.
        public enum Loss: String, Hashable, Sendable, CaseIterable { case wait, fresh }

        /// Who has a volume: each replica one of its own, or all the same.
        public enum Extent: String, Hashable, Sendable, CaseIterable { case replica, app }

        /// The name of its resource: `<app>-<volume>`, and `-<replica>` when each has its own.
        public func resourceName(app: String, replica: Int) -> String {
            per == .app ? "\(app)-\(name)" : "\(app)-\(name)-\(replica)"
        }
    }
}
