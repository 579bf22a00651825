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
            return try YAMLReader.documents(bytes).map { document in
                var resource = try resource(of: document)
                if resource["namespace"] == nil {
                    resource["namespace"] = namespace.map(Value.text)
                }
                return .map(resource)
            }
        } catch { throw .broken("\(path):\(error)") }
    }
}
