internal import Host
internal import Resources
internal import Trust

/// A system that lies in a folder as plain files, before it is an image: what `Scripts/image`
/// collects from Debian's packages and our programs. Format: Docs/Formats/stage.md.
///
/// Times, owners, the umask and the order of folders have no influence: a program is 0755, any
/// other file 0644.
public struct StagedSystem: Sendable {
    /// What it consists of.
    public let description: Description
    /// Where its content is.
    public let blobs: BlobSources

    /// Reads the system in a folder.
    public init(
        _ path: String, sequence: Int64 = 1,
        parameters: Description.Parameters = Description.Parameters()
    ) throws(ReproductionError) {
        var reader = StageReader(path)
        try reader.readRoot()
        try reader.readModules()
        let boot = try reader.boot()
        let origins = try reader.origins()
        description = try Description(
            sequence: sequence, architecture: .own, files: reader.files, boot: boot,
            modules: reader.modules, parameters: parameters, provenance: origins)
        blobs = BlobSources([
            FolderBlobs(paths: reader.paths), HeldBlobs([Guard.program(for: .own)]),
        ])
    }
}

/// Reads the parts of a staged system and keeps where each content is.
private struct StageReader {
    let path: String
    private(set) var files: [Description.File] = []
    private(set) var modules: [Description.Module] = []
    private(set) var paths: [ContentDigest: String] = [:]
    private let disk = LinuxFiles()

    /// Folders in folders.
    private static let depthMost = 64

    init(_ path: String) { self.path = path }

    mutating func readRoot() throws(ReproductionError) {
        guard disk.kind(path + "/root") == .folder else {
            throw refusal("root", "it has no folder of that name", "stage one: Scripts/image does")
        }
        try read(folder: "", depth: 0)
    }

    private mutating func read(folder: String, depth: Int) throws(ReproductionError) {
        guard depth < Self.depthMost else {
            throw refusal("root/\(folder)", "it is nested too deeply", "stage flatter folders")
        }
        for name in try names("root/" + folder) {
            let inner = folder.isEmpty ? name : folder + "/" + name
            let place = "\(path)/root/\(inner)"
            switch disk.kind(place, following: false) {
            case .file(let isProgram):
                let mode: UInt16 = isProgram ? 0o755 : 0o644
                files.append(.init(inner, mode: mode, .file(try blob(place))))
            case .folder:
                files.append(.init(inner, mode: 0o755, .directory))
                try read(folder: inner, depth: depth + 1)
            case .link:
                files.append(.init(inner, mode: 0o777, .symlink(try target(place))))
            case .other, nil:
                throw refusal(
                    "root/\(inner)", "it is no file, folder or link", "leave it out of the stage")
            }
        }
    }

    /// Modules are loaded in the order of their names, whose number is left out of the description.
    mutating func readModules() throws(ReproductionError) {
        for name in try names("modules") {
            let plain = name.split(separator: "-", maxSplits: 1)
            guard plain.count == 2, plain[0].utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
                throw refusal(
                    "modules/\(name)", "its name does not begin with a number and a dash",
                    "name it as 012-\(name), in the order of loading")
            }
            let blob = try blob("\(path)/modules/\(name)")
            modules.append(.init("modules/\(plain[1])", blob))
        }
    }

    mutating func boot() throws(ReproductionError) -> Description.Boot {
        let words = try text("boot/words").split(whereSeparator: \.isWhitespace).map(String.init)
        return Description.Boot(
            kernel: try blob(path + "/boot/kernel"), program: try blob(path + "/boot/womb"),
            loader: try blob(path + "/boot/loader"), stub: try blob(path + "/boot/stub"),
            guardian: Blob(of: Guard.program(for: .own)), commandLine: words)
    }

    /// Lines of digest, package, version, source and licence, between tabulators. Content of other
    /// digests, and later lines of one that was there, are left out.
    func origins() throws(ReproductionError) -> [Description.Origin] {
        let known = Set(paths.keys).union([ContentDigest(of: Guard.program(for: .own))])
        var found: [ContentDigest: Description.Origin] = [:]
        for line in try text("provenance").split(separator: "\n") {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
                .map(String.init)
            guard fields.count == 5, let digest = ContentDigest(fields[0]) else {
                throw refusal(
                    "provenance", "\(printable(String(line))) is no line of five fields",
                    "write digest, package, version, source and licence between tabulators")
            }
            guard known.contains(digest), found[digest] == nil else { continue }
            found[digest] = Description.Origin(
                digest, package: fields[1], version: fields[2], source: fields[3],
                license: fields[4])
        }
        return Array(found.values)
    }

    private mutating func blob(_ place: String) throws(ReproductionError) -> Blob {
        let blob = try FolderBlobs.blob(of: place)
        // Which of several files of one content is read makes no difference.
        paths[blob.digest] = place
        return blob
    }

    private func names(_ folder: String) throws(ReproductionError) -> [String] {
        do throws(ProcessError) {
            return try disk.names(in: "\(path)/\(folder)")
                .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        } catch { throw ReproductionError(error) }
    }

    private func target(_ place: String) throws(ReproductionError) -> String {
        do throws(ProcessError) { return try disk.target(ofLink: place) } catch {
            throw ReproductionError(error)
        }
    }

    private func text(_ name: String) throws(ReproductionError) -> String {
        do throws(ProcessError) {
            if let text = try disk.text("\(path)/\(name)", atMost: 4 << 20) { return text }
        } catch { throw ReproductionError(error) }
        throw refusal(name, "it has no such file, or no text in it", "stage it: Scripts/image does")
    }

    private func refusal(
        _ part: String, _ cause: String, _ remedy: String
    ) -> ReproductionError {
        ReproductionError(
            .badForm, operation: "read", subject: "\(printable(part)) of \(printable(path))",
            cause: cause, remedy: remedy)
    }
}
