internal import Resources
internal import Testing
internal import Trust

@testable internal import Drivers

/// What configs and secrets come to, and that nothing shows them.
@Suite struct ProvisionTests {
    private static let planted = "correct horse battery staple"

    private func material(
        _ text: String, version: Int64 = 1, mode: UInt32 = 0o400
    ) -> Provision.Material {
        .init(
            id: Identifier(high: 1, low: 2), version: version, mode: mode,
            content: SecretBytes(copying: text.utf8))
    }

    private func task(
        configs: SortedMap<String> = [:], secrets: SortedMap<String> = [:]
    ) -> App.Task {
        var task = App.Task(
            app: "guestbook", component: "web", replica: 0, device: .oci, command: ["/server"])
        task.configs = configs
        task.secrets = secrets
        return task
    }

    private func provision(
        _ task: App.Task, secret: Provision.Material? = nil, config: String = "title = hello\n"
    ) throws -> Provision {
        try Provision(of: task) { (_) throws(DriverError) in
            material(config, mode: 0o444)
        } secret: { (_) throws(DriverError) in
            secret ?? material(Self.planted)
        }
    }

    @Test func filesAndVariablesAreMade() throws {
        let given = try provision(
            task(
                configs: ["/etc/guestbook.toml": "guestbook-config"],
                secrets: ["API_KEY": "guestbook-key", "/run/key": "guestbook-key"]))
        #expect(given.files.map(\.path) == ["/etc/guestbook.toml", "/run/key"])
        #expect(given.files.map(\.isSecret) == [false, true])
        #expect(given.files.map(\.mode) == [0o444, 0o400])
        #expect(given.files[1].bytes == Array(Self.planted.utf8))
        #expect(given.variables == ["API_KEY": Self.planted])
        #expect(given.edition.items.map(\.place) == ["/etc/guestbook.toml", "/run/key", "API_KEY"])
    }

    @Test func nothingThatIsPrintedOrKeptShowsASecret() throws {
        let given = try provision(
            task(secrets: ["API_KEY": "guestbook-key", "/run/key": "guestbook-key"]))
        var instance = Instance(
            id: Identifier(high: 3, low: 4), name: "guestbook-web-0", device: .oci, command: ["/s"])
        instance.files = given.files
        instance.secrets = given.variables
        var texts = "\(instance) \(String(reflecting: instance)) \(Optional(instance) as Any)"
        dump(instance, to: &texts)
        dump(given.files, to: &texts)
        texts += "\(given.files) \(given.edition) \(given.edition.digest)"
        let bytes = "\(Array(Self.planted.utf8))".dropFirst().dropLast()
        #expect(!texts.contains("horse"))
        #expect(!texts.contains(bytes))
        #expect(texts.contains("guestbook-web-0"))
        #expect(!SecretBytes(copying: Self.planted.utf8).occurs(in: instance.intent))
    }

    @Test(arguments: ["a\0b", "\u{FF}"])
    func aVariableIsText(text: String) throws {
        // The second is cut inside of a character.
        let bytes = text == "\u{FF}" ? [0xC3] : Array(text.utf8)
        let secret = Provision.Material(
            id: Identifier(high: 1, low: 2), version: 1, mode: 0o400,
            content: SecretBytes(copying: bytes))
        let error = #expect(throws: DriverError.self) {
            try provision(task(secrets: ["API_KEY": "key"]), secret: secret)
        }
        #expect(error?.remedy?.contains("file") == true)
        let given = try provision(task(secrets: ["/run/key": "key"]), secret: secret)
        #expect(given.files[0].bytes == bytes)
    }

    @Test(arguments: [("/etc/a", "/etc/a"), ("/etc/a", "/etc/a/b"), ("/etc/a/b/c", "/etc/a")])
    func clashingPathsAreRefused(config: String, secret: String) {
        #expect(throws: DriverError.self) {
            try provision(task(configs: [config: "c"], secrets: [secret: "s"]))
        }
    }

    @Test func neighbouringPathsAreKept() throws {
        let given = try provision(task(configs: ["/etc/a": "c"], secrets: ["/etc/ab": "s"]))
        #expect(given.files.count == 2)
    }

    @Test func aRotationIsSeenByVersionAndNotByContent() throws {
        let task = task(
            configs: ["/etc/c": "c"], secrets: ["API_KEY": "key", "/run/key": "key"])
        let before = try provision(task).edition
        let same = try provision(task, secret: material("other content")).edition
        #expect(before == same)
        #expect(before.change(to: same).isEmpty)
        #expect(before.digest == same.digest)

        let rotated = try provision(task, secret: material("new", version: 2)).edition
        let change = before.change(to: rotated)
        #expect(change.files == ["/run/key"])
        #expect(change.variables == ["API_KEY"])
        #expect(change.needsRestart)
        #expect(before.digest != rotated.digest)
    }

    @Test func whatCameOrWentNeedsARestart() throws {
        let before = try provision(task(configs: ["/etc/c": "c", "/etc/d": "d"])).edition
        let after = try provision(
            task(configs: ["/etc/c": "c", "/etc/e": "e"], secrets: ["/etc/d": "d"])
        ).edition
        let change = before.change(to: after)
        #expect(change.files.isEmpty)
        #expect(change.places == ["/etc/d", "/etc/e"])
        #expect(change.needsRestart)
    }

    @Test func anotherResourceOfTheSameNameIsAnotherOne() throws {
        let task = task(secrets: ["/run/key": "key"])
        let before = try provision(task).edition
        var other = material(Self.planted)
        other.id = Identifier(high: 9, low: 9)
        #expect(before.change(to: try provision(task, secret: other).edition).files == ["/run/key"])
        #expect(!before.change(to: try provision(task, secret: other).edition).needsRestart)
    }
}
