import Host
import MMSGraph
import Resources
import Testing
import Trust

@testable import Reproduction

@Suite struct DescriberTests {
    /// A graph whose resources are committed one by one.
    struct World {
        let graph: Graph<SimulatedStore>
        private var number: UInt64 = 0

        init() throws {
            graph = try Graph(
                store: SimulatedStore(), mounts: [.root, try Namespace("/machines/pi-2")])
            for type in CoreTypes.all + AppTypes.all + ReproductionTypes.all {
                try add("type", type.name.text, data: type.data)
            }
        }

        mutating func add(
            _ type: String, _ name: String, in path: String = "/", data: ValueMap = [:],
            tags: SortedMap<String> = [:]
        ) throws {
            number += 1
            let namespace = try Namespace(path)
            var draft = Draft(
                id: Identifier(high: 1, low: number), type: try TypeName(type),
                namespace: namespace, name: try ResourceName(name), data: data)
            draft.tags = tags
            let log =
                try namespace == .root || !path.hasPrefix("/machines")
                ? Namespace.root : Namespace("/machines/pi-2")
            let header = EntryHeader(
                log: log, position: graph.applied(log).next, author: .local(uid: 0),
                time: WallTime(milliseconds: Int64(number)))
            var transaction = try graph.begin(log)
            guard case .applied = try transaction.apply(header, Batch([.create(draft)])) else {
                return
            }
            _ = try graph.commit(transaction, chain: [UInt8(truncatingIfNeeded: number)])
        }
    }

    private var materials: Describer.Materials {
        var materials = Describer.Materials()
        materials.architecture = .x86_64
        materials.files = Sample.files
        materials.bundles = [
            Sample.manifest.digest: .init(
                version: "1.0.0", signature: nil, blobs: [Sample.manifest, Sample.hello])
        ]
        materials.images = [.init(Sample.kernel.digest, blobs: [Sample.kernel])]
        return materials
    }

    private func describe(
        _ world: World, current: Description? = nil, _ more: Describer.Materials? = nil,
        above highest: Int64 = 0
    ) throws -> Describer.Result {
        let builtIn = Set((CoreTypes.all + AppTypes.all + ReproductionTypes.all).map(\.name))
        return try Describer(more ?? materials, builtIn: builtIn)
            .describe(world.graph.reader(), current: current, above: highest)
    }

    private func names(_ description: Description) -> [String] {
        description.resources.map { "\($0.type)/\($0.name)" }
    }

    @Test func onlyHeritableTypesAreInherited() throws {
        var world = try World()
        try world.add("config", "motd", data: ["text": "hi"], tags: ["a": "b"])
        try world.add("budget", "all", in: "/prod", data: ["cpu": 2.5])
        try world.add("retention", "default", data: ["maxAge": 60])
        try world.add("birthpolicy", "default", data: ["children": 3])
        try world.add("grant", "ann", data: ["subject": "ann", "verbs": ["read"]])
        try world.add(
            "token", "t", data: ["digest": .bytes([1]), "node": "pi", "expires": 1])
        try world.add("secret", "s", data: ["sealed": []])
        try world.add("instance", "i", data: ["task": "t", "life": "l", "state": "running"])
        let description = try describe(world).description
        #expect(
            names(description) == [
                "birthpolicy/default", "budget/all", "config/motd", "grant/ann",
                "retention/default",
            ])
        let motd = try #require(description.resources.first { $0.name.text == "motd" })
        #expect(motd.data == ["text": "hi"])
        #expect(motd.tags == ["a": "b"])
    }

    @Test func secretsTokensKeysAndObservedStateAreNeverHeritable() {
        let types = CoreTypes.all + AppTypes.all + ReproductionTypes.all
        for type in types where type.heritable {
            #expect(type.role != .observed, "\(type.name)")
            #expect(type.writer == "people", "\(type.name)")
        }
        for name in ["token", "secret", "lineage", "generation", "instance", "volume", "bundle"] {
            #expect(types.first { $0.name.text == name }?.heritable == false, "\(name)")
        }
    }

    @Test func whatIsOfOneMachineStaysThere() throws {
        var world = try World()
        try world.add("config", "here", in: "/machines/pi-2", data: ["text": "x"])
        try world.add("config", "there", in: "/prod", data: ["text": "x"])
        #expect(names(try describe(world).description) == ["config/there"])
    }

    @Test func typesOfPeopleAreInheritedAndThoseOfTheProgramAreNot() throws {
        var world = try World()
        var note = TypeDefinition(
            name: try TypeName("note"), summary: "A note.", role: .desired, writer: "people",
            fields: [.init("text", .text, "It."), .init("path", .text, "Where.", local: true)],
            columns: ["text"])
        note.heritable = true
        try world.add("type", "note", data: note.data)
        try world.add("note", "one", data: ["text": "a", "path": "/home/ann"])
        let description = try describe(world).description
        #expect(names(description) == ["note/one", "type/note"])
        #expect(description.resources[0].data == ["text": "a"])
    }

    @Test func anAppGoesWithItsBundleAndWithoutItsFolder() throws {
        var world = try World()
        let bundle = Sample.manifest.digest
        let place = "/var/lib/pisces/apps/\(bundle.hex)"
        let data: ValueMap = [
            "version": "1.0.0", "components": [:], "bundle": .bytes(bundle.bytes),
        ]
        var inner = data
        inner["directory"] = .text(place + "/bin")
        var whole = data
        whole["directory"] = .text(place)
        try world.add("app", "inner", data: inner)
        try world.add("app", "whole", data: whole)
        let result = try describe(world)
        #expect(result.warnings.isEmpty)
        #expect(result.description.apps.map(\.name.text) == ["inner", "whole"])
        #expect(result.description.apps[0].blobs.count == 2)
        let heirs = result.description.resources
        #expect(heirs.map { $0.data["directory"] } == ["bin", nil])
        #expect(heirs[0].data(appsAt: "/x")["directory"] == .text("/x/\(bundle.hex)/bin"))
        #expect(heirs[1].data(appsAt: "/x")["directory"] == .text("/x/\(bundle.hex)"))
    }

    @Test func whatCannotBeCopiedIsSaid() throws {
        var world = try World()
        let data: ValueMap = ["version": "1", "components": [:], "directory": "/opt/shop"]
        try world.add("app", "shop", data: data)
        var gone = data
        gone["bundle"] = .bytes(ContentDigest(of: [9]).bytes)
        try world.add("app", "gone", data: gone)
        let result = try describe(world)
        #expect(result.warnings.count == 2)
        #expect(result.warnings.contains { $0.contains("shop runs from /opt/shop") })
        #expect(names(result.description) == ["app/gone", "app/shop"])
        #expect(result.description.apps.isEmpty)
    }

    @Test func imagesThatNobodyNamesAreNotCopied() throws {
        var world = try World()
        #expect(try describe(world).description.images.isEmpty)
        let digest = Sample.kernel.digest.description
        try world.add("image", "x", data: ["digest": .text(digest), "source": "/home/ann/x.tar"])
        let description = try describe(world).description
        #expect(description.images.map(\.digest) == [Sample.kernel.digest])
        #expect(description.resources[0].data == ["digest": .text(digest)])
    }

    @Test func theSameSystemIsDescribedByTheSameBytes() throws {
        var (one, other) = (try World(), try World())
        try one.add("config", "a", data: ["text": "x"])
        try one.add("config", "b", data: ["text": "y"])
        try other.add("config", "b", data: ["text": "y"])
        try other.add("config", "a", data: ["text": "x"])
        #expect(try describe(one).description.digest == describe(other).description.digest)
    }

    @Test func aSequenceGrowsOnlyWithAChange() throws {
        var world = try World()
        let first = try describe(world).description
        #expect(first.sequence == 1)
        #expect(try describe(world, current: first).description == first)
        try world.add("config", "a", data: ["text": "x"])
        let second = try describe(world, current: first).description
        #expect(second.sequence == 2)
        // It fell back from system 41: what it becomes now is newer than that. What it is, stays.
        #expect(try describe(world, current: first, above: 41).description.sequence == 42)
        #expect(try describe(world, current: second, above: 41).description == second)
        #expect(try describe(world, current: second).description == second)
        let last = try Description(
            sequence: .max, architecture: .x86_64, files: Sample.files)
        #expect(Sample.refusal { _ = try describe(world, current: last) }?.kind == .tooLarge)
    }

    @Test func originsAreThoseOfTheDistribution() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let info = scratch.path + "/var/lib/dpkg/info"
        try scratch.files.makeFolder(info)
        try scratch.files.makeFolder(scratch.path + "/usr/share/doc/crun")
        func write(_ name: String, _ text: String) throws {
            try scratch.files.replace(scratch.path + name, with: Array(text.utf8))
        }
        try write("/var/lib/dpkg/info/crun:amd64.list", "/.\n/usr/bin/crun\n/bin/old\n")
        try write(
            "/var/lib/dpkg/status",
            "Package: other\nVersion: 9\n\nPackage: crun\nSource: crun-src (1.8)\n"
                + "Version: 1.8.1-1\n\n")
        try write(
            "/usr/share/doc/crun/copyright", "License: GPL-2\n text\nLicense: MIT\nLicense: MIT\n")
        let (one, two, three) = (
            ContentDigest(of: [1]), ContentDigest(of: [2]), ContentDigest(of: [3])
        )
        let origins = try PackageOrigins(root: scratch.path).origins(of: [
            ("/usr/bin/crun", one), ("/usr/bin/old", two), ("/usr/bin/own", three),
        ])
        #expect(Set(origins.map(\.digest)) == [one, two])
        #expect(origins.map(\.digest) == origins.map(\.digest).sorted())
        for origin in origins {
            #expect(origin.package == "crun")
            #expect(origin.version == "1.8.1-1")
            #expect(origin.source == "crun-src (1.8)")
            #expect(origin.license == "GPL-2, MIT")
        }
        #expect(try PackageOrigins(root: scratch.path + "/absent").origins(of: []).isEmpty)
    }
}
