internal import MMSGraph
public import Resources
internal import Trust

/// What of a graph a child is born with.
struct Inheritance {
    let builtIn: Set<TypeName>
    let bundles: [ContentDigest: Describer.Bundle]
    private(set) var resources: [Description.Heritable] = []
    private(set) var apps: [Description.App] = []
    /// The images that resources name.
    private(set) var images: Set<ContentDigest> = []
    private(set) var warnings: [String] = []

    init(builtIn: Set<TypeName>, bundles: [ContentDigest: Describer.Bundle]) {
        self.builtIn = builtIn
        self.bundles = bundles
    }

    /// Takes all resources whose type is heritable, but those of one machine.
    mutating func read(_ graph: some GraphReader) throws(ReproductionError) {
        do throws(GraphError) {
            for resource in try graph.resources(of: CoreTypes.type.name, below: .root) {
                guard let name = try? TypeName(resource.name.text),
                    let type = try graph.type(name), type.heritable
                else { continue }
                for heir in try graph.resources(of: name, below: .root)
                where !heir.namespace.isOfMachine {
                    take(heir, type)
                }
            }
        } catch {
            throw ReproductionError(
                .failed, operation: "describe", subject: error.subject,
                cause: "\(error.operation) failed: \(error.cause)", remedy: "see pisces status")
        }
    }

    private mutating func take(_ resource: Resource, _ type: TypeDefinition) {
        if type.name == CoreTypes.type.name, let name = try? TypeName(resource.name.text),
            builtIn.contains(name)
        {
            return
        }
        var data = resource.data
        for field in type.fields where field.local { data[field.name] = nil }
        switch type.name {
        case AppTypes.app.name: data = take(app: resource, data)
        case AppTypes.image.name:
            if let digest = data["digest"]?.text.flatMap({ ContentDigest($0) }) {
                images.insert(digest)
            }
        default: break
        }
        resources.append(
            Description.Heritable(
                type: type.name, namespace: resource.namespace, name: resource.name,
                tags: resource.tags, data: data))
    }

    /// An app's folder is where its bundle was unpacked, which is of one machine: what is kept is
    /// the folder inside of the bundle.
    private mutating func take(app resource: Resource, _ data: ValueMap) -> ValueMap {
        var data = data
        let name = "app \(printable(resource.name.text))"
        let directory = data["directory"]?.text
        guard let digest = data["bundle"]?.bytes.flatMap({ ContentDigest(bytes: $0) }) else {
            if let directory {
                warnings.append(
                    "\(name) runs from \(printable(directory)), which is not copied: install it "
                        + "from the store")
            }
            return data
        }
        if let directory { data["directory"] = Self.inner(directory, of: digest) }
        guard let bundle = bundles[digest] else {
            warnings.append("\(name) runs from \(digest), which the store does not have any more")
            return data
        }
        apps.append(
            Description.App(
                namespace: resource.namespace, name: resource.name, version: bundle.version,
                bundle: digest, signature: bundle.signature, blobs: bundle.blobs))
        return data
    }

    private static func inner(_ directory: String, of bundle: ContentDigest) -> Value? {
        guard let range = directory.firstRange(of: "/" + bundle.hex) else {
            return .text(directory)
        }
        let inner = directory[range.upperBound...].drop { $0 == "/" }
        return inner.isEmpty ? nil : .text(String(inner))
    }
}

extension Description.Heritable {
    /// Its fields on a machine that unpacks bundles to `apps`.
    public func data(appsAt apps: String) -> ValueMap {
        guard type == AppTypes.app.name,
            let bundle = data["bundle"]?.bytes.flatMap({ ContentDigest(bytes: $0) })
        else { return data }
        var data = data
        let inner = data["directory"]?.text.map { "/" + $0 } ?? ""
        data["directory"] = .text("\(apps)/\(bundle.hex)\(inner)")
        return data
    }
}
