import Host
import Resources
import Testing
import ZeroProcs

/// Pisces is killed before every single step of install, update and removal, and begins again: it
/// ends where it ends undisturbed, no task is lost, and none ever runs twice.
@Suite struct KillSweepTests {
    static let parts = 8

    @Test(arguments: 0..<parts) func everyStepMayBeTheLast(part: Int) throws {
        let undisturbed = try AppStory()
        try undisturbed.play(killedBefore: nil)
        // Otherwise there would be nothing to kill.
        try #require(undisturbed.steps >= 40, "\(undisturbed.steps) steps")
        #expect(undisturbed.fault == nil)
        let ends = [1, 2].map { version in
            [0, 1].map { "shop-web-\($0) \(version) on world running true at \(8080 + $0) ×1" }
        }
        try #require(undisturbed.ends == ends + [[]])
        for step in stride(from: part + 1, through: undisturbed.steps, by: Self.parts) {
            let story = try AppStory()
            try story.play(killedBefore: step)
            #expect(story.deaths == 1, "step \(step)")
            #expect(story.ends == undisturbed.ends, "killed before step \(step)")
            #expect(story.fault == nil, "killed before step \(step): \(story.fault ?? "")")
            if story.ends != undisturbed.ends || story.fault != nil { return }
        }
    }

    @Test func aNodeThatIsNotKilledTakesTheSameSteps() throws {
        let (first, second) = (try AppStory(), try AppStory())
        try first.play(killedBefore: nil)
        try second.play(killedBefore: nil)
        #expect(first.steps == second.steps)
        #expect(first.ends == second.ends)
    }
}

/// An app that is installed, updated and removed.
final class AppStory {
    private let node: WorldNode
    /// What runs at the end of each chapter, a line for each task.
    private(set) var ends: [[String]] = []
    /// The first promise that was broken.
    private(set) var fault: String?

    init() throws { node = try WorldNode(seed: 7) }

    var steps: Int { node.life.steps }
    var deaths: Int { node.deaths }

    private enum Chapter: CaseIterable { case install, update, remove }

    func play(killedBefore step: Int?) throws {
        node.begin(endingBefore: step)
        for chapter in Chapter.allCases {
            var isAtRest = false
            // What a person asked for without an answer is asked for again.
            for _ in 0..<3 where !isAtRest {
                if node.life.isOver { try node.restart() }
                try declare(chapter)
                if node.life.isOver { continue }
                isAtRest = try node.rest { try look() }
            }
            if !isAtRest, fault == nil { fault = "no rest in \(chapter)" }
            ends.append(try end())
        }
    }

    private func declare(_ chapter: Chapter) throws {
        let app = try node.all("app").first
        switch chapter {
        case .remove:
            guard let app else { return }
            _ = node.propose([.delete(id: app.id, expect: app.revision)])
        case .install, .update:
            let data = Self.data(chapter == .install ? "1" : "2")
            guard let app else {
                let draft = Draft(
                    id: node.identify(), type: AppTypes.app.name, namespace: .root,
                    name: try ResourceName("shop"), data: data)
                _ = node.propose([.create(draft)])
                return
            }
            guard app.data != data else { return }
            var update = Update(id: app.id, expect: app.revision, data: data)
            update.replaces = true
            _ = node.propose([.update(update)])
        }
    }

    /// Two replicas of a program on the host.
    static func data(_ version: String, more: ValueMap = [:]) -> ValueMap {
        var web: ValueMap = [
            "run": ["host": .text("/bin/server \(version)")], "count": 2,
            "ports": ["http": 8080],
        ]
        for (key, value) in more.entries { web[key] = value }
        return [
            "version": .text(version), "directory": "/srv/shop", "components": ["web": .map(web)],
        ]
    }

    /// No task has two lives that run.
    private func look() throws {
        for (task, lives) in try node.running() where lives.count > 1 {
            fault = fault ?? "\(task) runs \(lives.count) times"
        }
        for entry in try node.processes.ledger() where node.processes.starts(of: entry.key) > 1 {
            fault = fault ?? "a life was started twice"
        }
    }

    private func end() throws -> [String] {
        let instances = try node.all("instance")
        let running = try node.running()
        let tasks = try node.all("task").map { task in
            let place = try node.all("assignment").first { $0.links["OF"] == [task.id] }
            let instance = instances.first { $0.links["OF"] == [task.id] }
            let isNewest = instance?.data["taskRevision"]?.int == Int64(task.revision.rawValue)
            return "\(task.name) \(task.data["version"]?.text ?? "?") on "
                + "\(place?.data["machine"]?.text ?? "nothing") "
                + "\(instance?.data["state"]?.text ?? "nothing") \(isNewest) "
                + "at \(instance?.data["ports"]?.map?["http"]?.int ?? 0) "
                + "×\(running["/\(task.name)"]?.count ?? 0)"
        }
        let others = instances.count - tasks.count
        if others != 0 { fault = fault ?? "\(others) instances more than tasks" }
        let lives = try node.processes.ledger().count
        if lives != tasks.count { fault = fault ?? "\(lives) lives are kept of \(tasks.count)" }
        if node.processes.running.count != tasks.count {
            fault = fault ?? "\(node.processes.running.count) programs for \(tasks.count) tasks"
        }
        return tasks
    }
}
