internal import Dispatch
internal import Host
internal import Synchronization
internal import Trust

extension SecretScanner {
    /// Looks through a file, or a folder with all that is in it, names and what links lead to
    /// among it. No link is followed.
    public func scan(path: String) throws(ReproductionError) -> [SecretFinding] {
        var findings = scan(path, as: path)
        try scan(path, depth: 0, &findings)
        return findings
    }

    /// Looks through content of a source: nothing in it is taken apart.
    public func scan(
        _ blob: Blob, in source: some BlobSource
    ) throws(ReproductionError) -> [SecretFinding] {
        var stream = stream(blob.digest.description)
        try source.read(blob) { stream.scan($0) }
        return stream.findings
    }

    /// Looks through a description and all content it names. Names of the machine do not count in
    /// content of known provenance: others made it, so there they are chance.
    public func scan(
        _ description: Description, in source: some BlobSource
    ) throws(ReproductionError) -> [SecretFinding] {
        let findings = scan(description.encoded, of: "the description")
        let foreign = Set(description.provenance.map(\.digest))
        return try findings
            + scan(description.blobs, in: source).filter {
                !$0.finding.isName || !foreign.contains($0.blob.digest)
            }.map(\.finding)
    }

    /// A search on several processors: what is next, and what was found in which.
    private struct Search {
        var next = 0
        var found: [Int: [SecretFinding]] = [:]
        var failure: ReproductionError?
    }

    /// Looks through content of a source on all processors: it costs more than to copy it.
    private func scan(
        _ blobs: [Blob], in source: some BlobSource
    ) throws(ReproductionError) -> [(blob: Blob, finding: SecretFinding)] {
        let work = Mutex(Search())
        DispatchQueue.concurrentPerform(iterations: min(4, blobs.count)) { _ in
            while true {
                let index = work.withLock { work in
                    work.next += 1
                    return work.failure == nil ? work.next - 1 : blobs.count
                }
                guard index < blobs.count else { return }
                do throws(ReproductionError) {
                    let found = try scan(blobs[index], in: source)
                    if !found.isEmpty { work.withLock { $0.found[index] = found } }
                } catch { work.withLock { $0.failure = $0.failure ?? error } }
            }
        }
        let (found, failure) = work.withLock { ($0.found, $0.failure) }
        if let failure { throw failure }
        return found.sorted { $0.key < $1.key }.flatMap { index, findings in
            findings.map { (blobs[index], $0) }
        }
    }

    /// The refusal of what has findings; nil without.
    public static func refusal(_ findings: [SecretFinding]) -> ReproductionError? {
        guard let first = findings.first else { return nil }
        let more = findings.count == 1 ? "" : ", and \(findings.count - 1) more"
        return ReproductionError(
            .secretFound, operation: "pass on", subject: first.place,
            cause: "\(first)\(more)",
            remedy: "keep it in a secret instead; if it was passed on, rotate it")
    }

    private func scan(_ text: String, as place: String) -> [SecretFinding] {
        scan(Array(text.utf8), of: "the name \(place)")
    }

    private func scan(
        _ path: String, depth: Int, _ findings: inout [SecretFinding]
    ) throws(ReproductionError) {
        let files = LinuxFiles()
        guard depth < 128 else {
            throw ReproductionError(
                .tooLarge, operation: "scan", subject: path, cause: "it is nested too deeply",
                remedy: "scan a part of it")
        }
        do throws(ProcessError) {
            switch files.kind(path, following: false) {
            case .file: break
            case .link: findings += scan(try files.target(ofLink: path), of: path)
            case .folder:
                for name in try files.names(in: path) {
                    findings += scan(name, of: "the name \(path)/\(name)")
                }
            case .other: return
            case nil:
                throw ProcessError(
                    .notFound, operation: "scan", subject: path, cause: "it is not there")
            }
        } catch { throw ReproductionError(error) }
        switch files.kind(path, following: false) {
        case .folder: try scan(folder: path, depth, &findings)
        case .file: try scan(file: path, &findings)
        case .link, .other, nil: break
        }
    }

    private func scan(
        folder path: String, _ depth: Int, _ findings: inout [SecretFinding]
    ) throws(ReproductionError) {
        let names: [String]
        do throws(ProcessError) { names = try LinuxFiles().names(in: path) } catch {
            throw ReproductionError(error)
        }
        for name in names { try scan(path + "/" + name, depth: depth + 1, &findings) }
    }

    private func scan(
        file path: String, _ findings: inout [SecretFinding]
    ) throws(ReproductionError) {
        var stream = stream(path)
        do throws(DiskError) {
            let file = try LinuxDisk().open(path, writing: false)
            defer { file.close() }
            var offset = 0
            while true {
                let bytes = try file.read(at: offset, count: 1 << 18)
                if bytes.isEmpty { break }
                stream.scan(bytes[...])
                offset += bytes.count
            }
        } catch { throw ReproductionError(error, nil) }
        findings += stream.findings
    }
}

extension ReproductionError {
    /// A failure of files and folders of this machine.
    init(_ error: ProcessError) {
        self.init(
            error.kind == .notFound ? .missing : error.kind == .exhausted ? .noSpace : .failed,
            operation: error.operation, subject: error.subject, cause: error.cause,
            remedy: error.kind == .exhausted ? "free some space and try again" : "try again")
    }
}
