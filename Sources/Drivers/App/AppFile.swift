internal import Host
public import Resources

/// An app file: strict YAML (Docs/drivers.md) that describes one app or several.
public enum AppFile {
    /// The apps of a file. `folder` is the absolute folder of the file; programs are looked for
    /// there, or in the file's `directory`, which is relative to it.
    public static func read(_ bytes: [UInt8], folder: String) throws(AppError) -> [App] {
        var apps: [App] = []
        let documents: [YAMLDocument]
        do throws(YAMLError) { documents = try YAMLReader.read(bytes) } catch {
            throw AppError([], found: error.found, expected: error.expected).at(error.location)
        }
        for document in documents {
            var app: App
            do throws(AppError) { app = try AppReader().read(document.value) } catch {
                throw error.at(document.location(of: error.path))
            }
            app.directory = joined(folder, app.directory ?? ".")
            apps.append(app)
        }
        return apps
    }

    /// The path from a folder, without `.` and `..`.
    static func joined(_ folder: String, _ path: String) -> String {
        var parts: [Substring] = []
        let whole = path.hasPrefix("/") ? path : folder + "/" + path
        for part in whole.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }
}

extension AppError {
    fileprivate func at(_ location: YAMLDocument.Location) -> AppError {
        var error = self
        error.line = location.line
        error.column = location.column
        return error
    }
}

extension App {
    /// The app a resource of type `app` describes.
    public init(name: String, data: ValueMap) throws(AppError) {
        var map = data
        map["app"] = .text(name)
        self = try AppReader().read(.map(map))
    }
}

extension App.Task {
    /// The task a resource of type `task` describes; nil when a field is missing or another's.
    public init?(name: String, data: ValueMap) {
        guard let component = data["component"]?.text, let replica = data["replica"]?.int,
            let device = data["device"]?.text.flatMap(Instance.Device.init(rawValue:)),
            let words = data["command"]?.list, !words.isEmpty,
            words.allSatisfy({ $0.text != nil })
        else { return nil }
        self.init(
            app: data["app"]?.text ?? "", component: component, replica: Int(clamping: replica),
            device: device, command: words.compactMap(\.text))
        self.name = name
        needs = .init(cpu: data["cpu"]?.number, memory: data["memory"]?.int)
        directory = data["directory"]?.text
        for (key, value) in data["env"]?.map?.entries ?? [] { environment[key] = value.text }
        for (key, value) in data["ports"]?.map?.entries ?? [] {
            ports[key] = value.int.map { Int(clamping: $0) }
        }
    }
}
