/// What a sensor says about the machine. Sensors know the machine, not the graph: they speak of
/// subjects by type and name, and the sensor processor turns that into commands.
public enum Observation: Hashable, Sendable {
    /// The subject is there and looks so.
    case present(Sighting)
    /// Another sensor's subject has these links besides, from this sensor's point of view.
    case edges(Edges)
    /// The subject is gone.
    case absent(Subject, origin: Origin, sensed: WallTime)
    /// Events were lost: what the source reported since `since` may be incomplete.
    case gap(source: String, cause: String, since: WallTime)
    /// The gap of that source is closed: everything lost was read anew and reported before this.
    case gapClosed(source: String, at: WallTime)

    /// A resource of this machine by type and name.
    public struct Subject: Hashable, Sendable {
        /// Its type.
        public var type: TypeName
        /// Its name in the machine's namespace.
        public var name: ResourceName

        /// The subject of that type and name.
        public init(type: TypeName, name: ResourceName) {
            self.type = type
            self.name = name
        }
    }

    /// A subject as a sensor saw it: all fields and links the sensor owns.
    public struct Sighting: Hashable, Sendable {
        /// What was seen.
        public var subject: Subject
        /// What stays the same while it is the same thing and differs when its name is reused:
        /// boot and start time of a process, namespace and index of an interface …
        public var identity: String
        /// Its fields; those of the sighting before that are not here are gone.
        public var data: ValueMap
        /// Its links, by relation.
        public var links: SortedMap<[Subject]>
        /// Which thing of a linked subject's name is meant, where that matters: a link to another
        /// thing of that name is not made.
        public var meant: [Subject: String]
        /// How it was noticed.
        public var origin: Origin
        /// When, on this machine's wall clock.
        public var sensed: WallTime

        /// A sighting of `subject`.
        public init(
            _ subject: Subject, identity: String, data: ValueMap,
            links: SortedMap<[Subject]> = [:], meant: [Subject: String] = [:], origin: Origin,
            sensed: WallTime
        ) {
            self.subject = subject
            self.identity = identity
            self.data = data
            self.links = links
            self.meant = meant
            self.origin = origin
            self.sensed = sensed
        }
    }

    /// Links that a sensor knows of a subject that another sensor owns, as sockets of a process.
    /// Each relation of a type has one writer; these replace all links of the relations named.
    public struct Edges: Hashable, Sendable {
        /// Whose links.
        public var subject: Subject
        /// The thing meant, as its own sensor says: links of another thing of that name are not
        /// touched.
        public var identity: String
        /// The links by relation; none for a relation that has ended.
        public var links: SortedMap<[Subject]>
        /// How it was noticed.
        public var origin: Origin
        /// When, on this machine's wall clock.
        public var sensed: WallTime

        /// Links of `subject`.
        public init(
            _ subject: Subject, identity: String, links: SortedMap<[Subject]>, origin: Origin,
            sensed: WallTime
        ) {
            self.subject = subject
            self.identity = identity
            self.links = links
            self.origin = origin
            self.sensed = sensed
        }
    }
}
