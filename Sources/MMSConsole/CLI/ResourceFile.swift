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
        do throws(YAMLError) {
            var resources: [Value] = []
            for document in try YAMLReader.read(bytes) {
                var map = try resource(of: document)
                if map["namespace"] == nil { map["namespace"] = namespace.map(Value.text) }
                resources.append(.map(map))
            }
            return resources
        } catch { throw .broken("\(path):\(error)") }
    }

    /// A document as the API takes it: an app file becomes a resource of type `app`.
    private func resource(of document: YAMLDocument) throws(YAMLError) -> ValueMap {
        guard let map = document.value.map else {
            throw YAMLError(
                document.location(of: []), found: "the document is no map",
                expected: "a resource with type, name and data, or an app file is expected")
        }
        return map
    }
}
