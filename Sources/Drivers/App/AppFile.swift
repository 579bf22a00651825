internal import Host
public import Resources

/// An app file: strict YAML (Docs/app-file.md) that describes one app or several.
public enum AppFile {
    /// The name of the file that a folder of an app has.
    public static let standardName = "app.yaml"

    /// What a path of `from` leads to.
    public enum Base: Sendable {
        case file([UInt8])
        case folder
        case missing
        /// It cannot be read, for this reason.
        case unreadable(String)
    }

    /// The apps of a file. `folder` is the absolute folder of the file and `name` its name there;
    /// programs are looked for in the folder, or in the file's `directory`, which is relative to
    /// it. `base` reads what `from` names, by absolute path.
    public static func read(
        _ bytes: [UInt8], folder: String, name: String = standardName,
        base: @escaping (String) -> Base = readBase
    ) throws(AppError) -> [App] {
        let documents: [YAMLDocument]
        do throws(YAMLError) { documents = try YAMLReader.read(bytes) } catch {
            throw AppError(error)
        }
        var apps: [App] = []
        for document in documents {
            var bases = AppBases(read: base)
            let path = joined(folder, name)
            let merged = try bases.merged(document, path: path, isBase: false)
            var app: App
            do throws(AppError) { app = try App(file: merged.value) } catch {
                throw merged.located(error)
            }
            app.directory = app.directory ?? joined(folder, ".")
            apps.append(app)
        }
        return apps
    }

    /// What is at a path of this machine.
    public static func readBase(_ path: String) -> Base {
        let files = LinuxFiles()
        switch files.kind(path) {
        case nil: return .missing
        case .folder: return .folder
        case .file: break
        default: return .unreadable("it is no regular file")
        }
        do throws(ProcessError) {
            guard let bytes = try files.read(path, atMost: Limits.yamlBytes.value) else {
                return .missing
            }
            return .file(bytes)
        } catch { return .unreadable(error.cause) }
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

    /// The folder of a file, by its absolute path.
    static func folder(of path: String) -> String { joined(path, "..") }
}

extension AppError {
    /// The error of a text that is not YAML.
    init(_ error: YAMLError) {
        self.init([], found: error.found, expected: error.expected)
        line = error.location.line
        column = error.location.column
    }

    /// The error at a place of a file; nil: of the file that was asked for.
    func at(_ location: YAMLDocument.Location, of file: String?) -> AppError {
        var error = self
        error.line = location.line
        error.column = location.column
        error.file = file
        return error
    }
}
