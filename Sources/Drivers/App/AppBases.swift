internal import Host
internal import Resources

/// Merges a document of an app file over the bases that it names, and theirs.
struct AppBases {
    /// What is at an absolute path.
    let read: (String) -> AppFile.Base
    /// The files on the way to the one being read, for a cycle to be seen.
    private var chain: [String] = []
    private var filesRead = 0

    /// A document's part in the whole.
    fileprivate struct Layer {
        /// Nil for the file that was asked for.
        let file: String?
        let document: YAMLDocument
    }

    /// A whole made of documents, which still knows who wrote what.
    struct Merged {
        fileprivate(set) var value: Value
        /// The lowest first.
        fileprivate var layers: [Layer]

        /// The error at the place of the last document that wrote the part it is about.
        func located(_ error: AppError) -> AppError {
            var path = error.path
            while !path.isEmpty {
                if let layer = layers.last(where: { $0.document.value.has(path[...]) }) {
                    return error.at(layer.document.location(of: path), of: layer.file)
                }
                path.removeLast()
            }
            return layers.last.map { error.at($0.document.location(of: []), of: $0.file) } ?? error
        }
    }

    init(read: @escaping (String) -> AppFile.Base) { self.read = read }

    /// The document of the file at `path` over its bases, its `directory` made absolute.
    mutating func merged(
        _ document: YAMLDocument, path: String, isBase: Bool
    ) throws(AppError) -> Merged {
        let layer = Layer(file: isBase ? path : nil, document: document)
        let own = Merged(value: document.value, layers: [layer])
        guard var map = document.value.map else { return own }
        let folder = AppFile.folder(of: path)
        if let directory = map["directory"]?.text, !directory.isEmpty {
            map["directory"] = .text(AppFile.joined(folder, directory))
        }
        chain.append(path)
        defer { chain.removeLast() }
        let names: [String]
        do throws(AppError) { names = try bases(map["from"]) } catch { throw own.located(error) }
        map["from"] = nil
        var whole = Merged(value: .map(map), layers: [])
        var below = ValueMap()
        for (index, name) in names.enumerated() {
            let step = ["from", String(index)]
            let base: Merged
            do throws(AppError) { base = try self.base(name, folder, step) } catch {
                throw error.line == nil ? own.located(error) : error
            }
            whole.layers += base.layers
            do throws(AppError) { below = try App.merge(base.value.map ?? [:], over: below) } catch
            {
                throw whole.located(error)
            }
        }
        whole.layers.append(layer)
        do throws(AppError) { whole.value = .map(try App.merge(map, over: below)) } catch {
            throw whole.located(error)
        }
        return whole
    }

    private func bases(_ value: Value?) throws(AppError) -> [String] {
        guard let value else { return [] }
        guard let list = value.list, !list.isEmpty else {
            throw AppError(
                ["from"], found: "names no bases",
                expected: "write a list of files or folders, as in from: [../web-base]")
        }
        var names: [String] = []
        for (index, element) in list.enumerated() {
            guard let name = element.text, !name.isEmpty, !name.utf8.contains(where: { $0 < 0x20 })
            else {
                throw AppError(
                    ["from", String(index)], found: "is no path",
                    expected: "write a file or folder, relative to this file")
            }
            names.append(name)
        }
        return names
    }

    /// The base of that name, with its own bases. Errors without a line are of the one who names it.
    private mutating func base(
        _ name: String, _ folder: String, _ step: [String]
    ) throws(AppError) -> Merged {
        let (path, bytes) = try find(AppFile.joined(folder, name), step)
        if let start = chain.firstIndex(of: path) {
            throw AppError(
                step,
                found: "goes in a circle: " + (chain[start...] + [path]).joined(separator: " → "),
                expected: "take one of them out")
        }
        filesRead += 1
        if chain.count > Limits.appBaseDepth.value || filesRead > Limits.appBases.value {
            throw AppError(
                step, found: "is one base too many: " + (chain + [path]).joined(separator: " → "),
                expected: "the limits are \(Limits.appBaseDepth.value) in a chain and "
                    + "\(Limits.appBases.value) in all; merge some into one")
        }
        return try merged(try document(bytes, path), path: path, isBase: true)
    }

    private func find(_ path: String, _ step: [String]) throws(AppError) -> (String, [UInt8]) {
        switch read(path) {
        case .file(let bytes): return (path, bytes)
        case .unreadable(let cause):
            throw AppError(
                step, found: "\(printable(path)) cannot be read: \(cause)",
                expected: "name a file or a folder with \(AppFile.standardName)")
        case .missing:
            throw AppError(
                step, found: "there is no \(printable(path))",
                expected: "name a file or a folder, relative to the file that names it")
        case .folder:
            let inside = AppFile.joined(path, AppFile.standardName)
            if case .file(let bytes) = read(inside) { return (inside, bytes) }
            throw AppError(
                step, found: "the folder \(printable(path)) has no \(AppFile.standardName)",
                expected: "put one there, or name a file")
        }
    }

    private func document(_ bytes: [UInt8], _ path: String) throws(AppError) -> YAMLDocument {
        let documents: [YAMLDocument]
        do throws(YAMLError) { documents = try YAMLReader.read(bytes) } catch {
            throw AppError(error).at(error.location, of: path)
        }
        guard let document = documents.first, documents.count == 1, document.value.map != nil
        else {
            let start = YAMLDocument.Location(line: 1, column: 1)
            throw AppError(
                [], found: "a base of \(documents.count) documents", expected: "write one map"
            )
            .at(start, of: path)
        }
        return document
    }
}

extension Value {
    /// True when there is something at the path of keys and indexes.
    fileprivate func has(_ path: ArraySlice<String>) -> Bool {
        guard let step = path.first else { return true }
        if let map { return map[step]?.has(path.dropFirst()) ?? false }
        guard let list, let index = Int(step), list.indices.contains(index) else { return false }
        return list[index].has(path.dropFirst())
    }
}
