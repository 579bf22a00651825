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
            do throws(AppError) { app = try App(file: document.value) } catch {
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
