public import Resources

/// What a log shall rest on.
public enum LogRest: Hashable, Sendable {
    /// The files of that machine.
    case file(ResourceName)
    /// The cluster of that name.
    case cluster(String)
}

/// What a machine knows of a log that may have to move.
public struct MoveScene: Hashable, Sendable {
    /// What the log shall rest on; nil when nobody said so.
    public var wanted: LogRest?
    /// The machine that asks.
    public var machine: ResourceName
    /// The cluster that keeps the chain; nil: it is kept on this machine.
    public var pointer: String?
    /// The loglet in use, when the chain could be read.
    public var active: Active?
    /// True when the register of the wanted cluster has this machine's chain.
    public var isSeeded: Bool

    /// The loglet in use.
    public enum Active: Hashable, Sendable {
        /// Files of a machine; sealed when a move stopped behind the seal.
        case file(ResourceName, sealed: Bool)
        /// A loglet of the cluster; sealed when whoever sealed it is gone.
        case shared(sealed: Bool)
    }

    /// What `machine` knows.
    public init(
        wanted: LogRest?, machine: ResourceName, pointer: String?, active: Active?, isSeeded: Bool
    ) {
        self.wanted = wanted
        self.machine = machine
        self.pointer = pointer
        self.active = active
        self.isSeeded = isSeeded
    }
}

/// The next step of a move. Each can be repeated after a crash anywhere in it, so a move needs no
/// memory of its own: it is what lies between what is wanted and what is (design/01).
public enum MoveStep: Hashable, Sendable {
    /// All is as wanted.
    case rest
    /// Write the chain into the register of the cluster.
    case seed(String)
    /// Say for good that the chain is kept there.
    case point(String)
    /// End the loglet in use and go on in one of the cluster.
    case share
    /// End the loglet in use and go on in files of this machine.
    case keep
    /// Say for good that the chain is kept here.
    case comeHome
    /// Another machine must act, or something must be reached first.
    case wait(String)

    /// Decides.
    public static func next(_ scene: MoveScene) -> MoveStep {
        switch scene.wanted {
        case nil: heal(scene)
        case .cluster(let name): toCluster(name, scene)
        case .file(let machine): toFile(of: machine, scene)
        }
    }

    /// Without a wish a log stays what it is, but does not stay sealed.
    private static func heal(_ scene: MoveScene) -> MoveStep {
        guard scene.pointer != nil else { return .rest }
        switch scene.active {
        case .shared(sealed: true): return .share
        case .file(scene.machine, sealed: true): return .share
        case nil: return .wait("the register of the cluster cannot be reached")
        case .file, .shared: return .rest
        }
    }

    private static func toCluster(_ name: String, _ scene: MoveScene) -> MoveStep {
        guard let pointer = scene.pointer else {
            return scene.isSeeded ? .point(name) : .seed(name)
        }
        guard pointer == name else {
            return .wait(
                "the log rests on \(pointer); it must come to the files of one machine first")
        }
        switch scene.active {
        case nil: return .wait("the register of \(name) cannot be reached")
        case .file(scene.machine, _): return .share
        case .file(let owner, _):
            return .wait("the log is in the files of \(owner), which moves it")
        case .shared(let isSealed): return isSealed ? .share : .rest
        }
    }

    private static func toFile(of machine: ResourceName, _ scene: MoveScene) -> MoveStep {
        guard let pointer = scene.pointer else { return .rest }
        guard machine == scene.machine else {
            return heal(scene) == .share ? .share : .wait("\(machine) moves the log to its files")
        }
        switch scene.active {
        case nil: return .wait("the register of \(pointer) cannot be reached")
        case .shared: return .keep
        case .file(machine, let isSealed): return isSealed ? .keep : .comeHome
        case .file(let owner, _): return .wait("the log is in the files of \(owner)")
        }
    }
}

extension SharedLog {
    /// What this machine knows of the log now. Asks the register; what cannot be reached shows as
    /// not known.
    public func scene(wanted: LogRest?) -> MoveScene {
        var scene = MoveScene(
            wanted: wanted, machine: machine, pointer: cluster, active: nil, isSeeded: false)
        if case .cluster(let name)? = wanted, cluster == nil { scene.isSeeded = isSeeded(name) }
        // An unreachable register shows as no chain, which the plan waits for.
        let isKnown = (try? refresh()) != nil
        guard isKnown, let active = chain?.active else { return scene }
        if active.isFile {
            let owner = active.machine ?? machine
            scene.active = .file(owner, sealed: owner == machine && copy.isSealed)
        } else {
            scene.active = .shared(sealed: hasEnded(active))
        }
        return scene
    }

    /// Takes a step. `id` names a new loglet of the cluster and was never used.
    public func take(_ step: MoveStep, id: Identifier) throws(LogError) {
        switch step {
        case .rest, .wait: return
        case .seed(let name): try seed(name)
        case .point(let name): try point(to: name)
        case .share: try succeed(.shared(id))
        case .keep: try succeed(.here)
        case .comeHome: try comeHome()
        }
    }
}
