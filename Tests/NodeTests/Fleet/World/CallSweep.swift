import Host
import Log
import MMSGraph
import Resources
import Synchronization
import Testing

/// Plays a scene again and again: the n-th time a node dies at its n-th call to the cluster, until
/// it gets through alive. Behind each, the node loses its power, all come to rest, and all is held
/// against what clients were told.
struct CallSweep {
    /// The node that dies.
    let victim: Int
    /// Whether the call it dies at is carried out.
    let carriesOut: Bool
    /// The call it dies at this time.
    private(set) var call = 1

    init(of victim: Int, carriesOut: Bool) {
        self.victim = victim
        self.carriesOut = carriesOut
    }

    /// Plays `scene` in worlds that `begin` makes of a number, then holds `after` against each. The
    /// node must have had at least `least` calls to die at; with `most` no more are tried.
    mutating func play(
        least: Int, most: Int? = nil, begin: (UInt64) throws -> FleetWorld,
        scene: (inout Cast) throws -> Void, after: (FleetWorld) throws -> Void = { _ in }
    ) throws {
        var isThrough = false
        while !isThrough, call <= most ?? 400 {
            let world = try begin(UInt64(call))
            let name = world.nodes[victim].name.text
            let at = "\(name) killed at call \(call), carried out: \(carriesOut)"
            world.cluster.state.withLock { $0.fuse[name] = (call, carriesOut) }
            var cast = Cast(world: world, victim: victim, at: at)
            try scene(&cast)
            isThrough = cast.deaths == 0 && !world.isGone(victim)
            try world.revive(victim)
            world.cluster.state.withLock { $0.holdsLate = false }
            try world.settle()
            try after(world)
            for index in world.nodes.indices {
                #expect(world.write(at: index) != nil, "\(at): \(index) cannot write")
            }
            try world.settle()
            #expect(world.check() == [], "\(at)")
            let hashes = Set(world.nodes.map { $0.life.graph.stateHash(.root) })
            #expect(hashes.count == 1, "\(at): states differ")
            call += 1
        }
        #expect((isThrough || most != nil) && call > least, "\(call - 1) calls to die at")
    }

    /// Those who play a scene: of the one that died nothing is asked, of the others all.
    struct Cast {
        let world: FleetWorld
        let victim: Int
        let at: String
        /// How often the node was started again within the scene.
        private(set) var deaths = 0

        init(world: FleetWorld, victim: Int, at: String) {
            self.world = world
            self.victim = victim
            self.at = at
        }

        /// A client writes through a node, which must work unless that node dies.
        func write(at index: Int) {
            if world.isGone(index) { return }
            let receipt = world.write(at: index)
            #expect(receipt != nil || world.isGone(index), "\(at): no write at \(index)")
        }

        /// A node does something, and may fail in it only where it dies.
        func act(_ index: Int, _ body: (FleetMachine) throws -> Void) throws {
            if world.isGone(index) { return }
            do { try body(world.nodes[index]) } catch {
                if !world.isGone(index) { throw error }
            }
        }

        /// A node ends the loglet in use and installs another.
        func succeed(_ index: Int) throws {
            let id = world.entropy.identifier(at: world.clock.now)
            try act(index) { try $0.life.shared.succeed(.shared(id)) }
        }

        /// Starts the node again if it died.
        mutating func restart() throws -> Bool {
            guard world.isGone(victim) else { return false }
            try world.revive(victim)
            deaths += 1
            return true
        }
    }
}
