internal import Drivers
internal import Host
internal import MMSGraph
public import Resources
internal import Trust

/// Makes what one life of a task is started with: its ports, image, volumes, configs and secrets.
struct Provisioner<S: OrderedStore>: Sendable {
    let graph: Graph<S>
    let devices: AppDevices
    let clock: any Clock

    /// The life of a task on this machine, ready to be started; its volumes are attached then.
    func instance(
        of task: Resource, assignment: Resource, life: Identifier
    ) throws(DriverError) -> Instance {
        var described = try described(task)
        do throws(AppError) {
            described = try described.started(at: assignment.ports)
        } catch {
            throw refusal(task, error.found, error.expected)
        }
        var instance = described.instance(life)
        instance.task = task.outputName
        if let folder = instance.directory, let bundles = devices.bundles {
            instance.directory = try bundles.folder(for: folder)
        }
        instance.limits.storage = instance.device == .oci ? described.needs.storage : nil
        if let image = described.image { instance.image = try self.image(image, for: task) }
        instance.resolver = devices.resolver
        if instance.environment["HOST"] == nil { instance.environment["HOST"] = devices.listen }
        instance.stopSignal = described.stop.signal.rawValue
        instance.stopGrace = UInt64(clamping: described.stop.grace)
        instance.filesFolder = instance.device == .host ? devices.filesFolder(of: task.id) : nil
        let reader = try translating(task) { () throws(GraphError) in try graph.reader() }
        try attach(described, task, assignment, to: &instance, reader)
        let given = try provision(of: task, described, reader)
        instance.files = given.files
        instance.secrets = given.variables
        return instance
    }

    /// The files of a task's configs and secrets as they are now.
    func files(of task: Resource) throws(DriverError) -> [Instance.File] {
        let reader = try translating(task) { () throws(GraphError) in try graph.reader() }
        return try provision(of: task, try described(task), reader).files
    }

    private func described(_ task: Resource) throws(DriverError) -> App.Task {
        if let described = App.Task(name: task.name.text, data: task.data) { return described }
        throw refusal(
            task, "the task has no device or command of this version",
            "install its app again")
    }

    // MARK: Image

    private func image(_ text: String, for task: Resource) throws(DriverError) -> ImageDigest {
        var digest = ImageDigest(text)
        if digest == nil { digest = try named(text, for: task) }
        if let digest, let images = devices.images {
            if try images.image(digest) != nil { return digest }
            if let blobs = devices.blobs {
                try blobs.bring(digest)
                return digest
            }
        }
        throw refusal(
            task, "image \(printable(text)) is not on this machine",
            "bring it with pisces image import")
    }

    /// The digest of a resource of type `image` by its name, in the task's namespace or in `/`; nil
    /// when there is none. A graph that cannot be read says so: it is no missing image.
    private func named(_ text: String, for task: Resource) throws(DriverError) -> ImageDigest? {
        // What is no name names nothing.
        guard let name = try? ResourceName(text) else { return nil }
        return try translating(task) { () throws(GraphError) -> ImageDigest? in
            let reader = try graph.reader()
            for place in [task.namespace, .root] {
                let image = try reader.resource(AppTypes.image.name, name, in: place)
                if let digest = image?.data["digest"]?.text.flatMap(ImageDigest.init(_:)) {
                    return digest
                }
            }
            return nil
        }
    }

    // MARK: Volumes

    private func attach(
        _ described: App.Task, _ task: Resource, _ assignment: Resource,
        to instance: inout Instance, _ reader: CommittedReader<S>
    ) throws(DriverError) {
        for (path, name) in described.volumes.entries {
            guard let driver = devices.volumes else {
                throw refusal(task, "this machine keeps no volumes", "see pisces drivers")
            }
            let volume = try find(AppTypes.volume.name, name, of: task, reader)
            let source = try self.attach(volume, to: task, assignment, by: driver)
            if instance.device == .oci {
                instance.mounts.append(.init(source: source, target: path, writable: true))
            } else {
                let key = name.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
                instance.environment["VOLUME_" + key] = source
            }
        }
    }

    private func attach(
        _ volume: Resource, to task: Resource, _ assignment: Resource, by driver: VolumeDriver
    ) throws(DriverError) -> String {
        // An empty volume must never stand for a clone; where it was given up it begins anew.
        if volume.links["FROM"] != nil,
            assignment.data["fences"]?.map?[volume.name.text] == nil,
            try driver.state(volume.id, measured: false) == nil
        {
            let snapshot = volume.data["from"]?.text ?? "a snapshot"
            throw refusal(
                task, "\(volume.address) is a clone of \(snapshot) that is not made yet",
                "see pisces volume list")
        }
        let size = volume.data["size"]?.int ?? 0
        let device = volume.data["driver"]?.text.flatMap(VolumeDevice.init(rawValue:))
        let request = VolumeRequest(
            id: volume.id, name: volume.name.text, device: device ?? .directory, size: size)
        let known = try driver.create(request, now: clock.now)
        if known.size < size, known.holder == nil { _ = try driver.grow(volume.id, to: size) }
        return try driver.attach(
            volume.id, to: task.id, named: task.name.text, at: assignment.revision, now: clock.now)
    }

    // MARK: Configs and secrets

    private func provision(
        of task: Resource, _ described: App.Task, _ reader: CommittedReader<S>
    ) throws(DriverError) -> Provision {
        try Provision(
            of: described,
            config: { (name) throws(DriverError) in
                let config = try find(AppTypes.config.name, name, of: task, reader)
                let bytes =
                    config.data["bytes"]?.bytes ?? Array((config.data["text"]?.text ?? "").utf8)
                return material(of: config, SecretBytes(copying: bytes), mode: 0o444)
            },
            secret: { (name) throws(DriverError) in
                let secret = try find(AppTypes.secret.name, name, of: task, reader)
                return material(of: secret, try open(secret), mode: 0o400)
            })
    }

    private func material(
        of resource: Resource, _ content: SecretBytes, mode: UInt32
    ) -> Provision.Material {
        Provision.Material(
            id: resource.id, version: Int64(clamping: resource.revision.rawValue),
            mode: resource.data["mode"]?.int.map { UInt32(truncatingIfNeeded: $0) & 0o777 } ?? mode,
            content: content)
    }

    private func open(_ secret: Resource) throws(DriverError) -> SecretBytes {
        let name = SecretName(namespace: secret.namespace, name: secret.name)
        do throws(TrustError) {
            let sealed = try SealedValue(secret.data["sealed"] ?? .null, of: name)
            return try sealed.open(
                with: devices.key, as: name, version: secret.data["version"]?.int ?? 0)
        } catch {
            throw DriverError(
                .failed, operation: "open", subject: "\(name)", cause: error.cause,
                remedy: error.remedy)
        }
    }

    private func find(
        _ type: TypeName, _ name: String, of task: Resource, _ reader: CommittedReader<S>
    ) throws(DriverError) -> Resource {
        let found = try translating(task) { () throws(GraphError) -> Resource? in
            guard let name = try? ResourceName(name) else { return nil }
            return try reader.resource(type, name, in: task.namespace)
        }
        if let found { return found }
        throw refusal(
            task, "there is no \(type)/\(name) in \(task.namespace)",
            type == AppTypes.secret.name
                ? "make it with pisces secret set \(name)" : "make it, then it starts by itself")
    }

    private func translating<Answer>(
        _ task: Resource, _ read: () throws(GraphError) -> Answer
    ) throws(DriverError) -> Answer {
        do throws(GraphError) { return try read() } catch {
            throw refusal(task, "\(error.operation) failed: \(error.cause)", "see pisces status")
        }
    }

    private func refusal(_ task: Resource, _ cause: String, _ remedy: String) -> DriverError {
        DriverError(
            .unsupported, operation: "start", subject: task.name.text, cause: cause, remedy: remedy)
    }
}

extension Resource {
    /// Under which name the output of a task is kept, and its user chosen: the same for a task of
    /// that name that comes later, so that it may write the volume of the one before.
    public var outputName: String {
        namespace == .root ? "/\(name)" : "\(namespace.path)/\(name)"
    }

    /// The ports that an assignment gave.
    var ports: SortedMap<Int> {
        SortedMap(
            (data["ports"]?.map?.entries ?? []).compactMap { name, port in
                port.int.map { (name, Int(clamping: $0)) }
            })
    }
}
