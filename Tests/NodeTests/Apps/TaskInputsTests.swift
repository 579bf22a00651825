import Resources
import Testing

@testable import Node

/// What a machine looks at its tasks for.
@Suite struct TaskInputsTests {
    private func resource(
        _ type: TypeName, _ name: String, in namespace: String = "/", _ data: ValueMap = [:]
    ) throws -> Resource {
        let moment = Resource.Moment(position: Position(1), time: WallTime(milliseconds: 1))
        let draft = Draft(
            id: Identifier(high: 1, low: 1), type: type, namespace: try Namespace(namespace),
            name: try ResourceName(name), data: data)
        return Resource(draft: draft, created: moment, changed: moment)
    }

    @Test func configsAndSecretsConcernThoseThatUseThem() throws {
        let task = try resource(
            AppTypes.task.name, "web", in: "/prod",
            ["configs": ["SETTING": "site"], "secrets": ["PASSWORD": "door"]])
        let used = TaskInputs.Used(by: [task])
        let (config, secret) = (AppTypes.config.name, AppTypes.secret.name)
        #expect(used.concern(try resource(config, "site", in: "/prod")))
        #expect(used.concern(try resource(secret, "door", in: "/prod")))
        #expect(!used.concern(try resource(config, "site")))
        #expect(!used.concern(try resource(config, "door", in: "/prod")))
        #expect(!used.concern(try resource(secret, "site", in: "/prod")))
        #expect(!TaskInputs.Used(by: []).concern(try resource(config, "site", in: "/prod")))
    }

    @Test func whateverElseIsFollowedConcernsAll() throws {
        let none = TaskInputs.Used(by: [])
        for type in [AppTypes.assignment.name, AppTypes.task.name, AppTypes.volume.name] {
            #expect(none.concern(try resource(type, "any")))
        }
    }
}
