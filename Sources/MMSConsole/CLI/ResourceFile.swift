internal import Drivers
internal import Host
internal import Resources

/// A YAML file of resources: documents with `type`, `name` and `data`, or app files.
struct ResourceFile {
    private let path: String
    private let bytes: [UInt8]

    /// Reads the file, or standard input for `-`.
    init(path: String) throws(ClientError) {
        self.path = path
        do throws(LinuxFile.Failure) {
            bytes = try LinuxFile.read(path == "-" ? "/dev/stdin" : path)
        } catch { throw .broken("cannot read \(printable(path)): \(error.cause)") }
    }

    /// The resources in the form of the API; `namespace` for those that name none.
    func resources(namespace: String?) throws(ClientError) -> [Value] {
        let documents: [YAMLDocument]
        do throws(YAMLError) { documents = try YAMLReader.read(bytes) } catch {
            throw .broken("\(path):\(error)")
        }
        if documents.contains(where: { $0.value.map?["app"] != nil }) {
            return try apps(namespace: namespace)
        }
        return try documents.map { (document) throws(ClientError) in
            guard var map = document.value.map else {
                throw .broken(
                    "\(path):\(document.location(of: [])): the document is no map; write a resource "
                        + "with type, name and data, or an app file")
            }
            if map["namespace"] == nil { map["namespace"] = namespace.map(Value.text) }
            return .map(map)
        }
    }

    /// The apps of an app file.
    func apps() throws(ClientError) -> [App] {
        do throws(AppError) { return try AppFile.read(bytes, folder: folder, name: name) } catch {
            throw .broken(error.file == nil ? "\(path):\(error)" : "\(error)")
        }
    }

    /// An app file's apps as resources of type `app`.
    private func apps(namespace: String?) throws(ClientError) -> [Value] {
        try apps().map { app in .map(Self.resource(of: app, namespace: namespace)) }
    }

    /// The resource of an app, in the form of the API.
    static func resource(of app: App, namespace: String?) -> ValueMap {
        var map: ValueMap = [
            "type": "app", "name": .text(app.name), "data": .map(app.data),
        ]
        map["namespace"] = namespace.map(Value.text)
        return map
    }

    /// The name of the file in its folder.
    private var name: String { String(path.split(separator: "/").last ?? "app.yaml") }

    /// The folder of the file, absolute: what paths in it are relative to.
    private var folder: String {
        let full = path.hasPrefix("/") ? path : LinuxSystem.workingDirectory + "/" + path
        return String(full[..<(full.lastIndex(of: "/") ?? full.startIndex)])
    }
}
