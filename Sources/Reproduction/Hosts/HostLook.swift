internal import Resources
internal import Trust

/// What a host says of itself and of the directory of an installation.
struct HostLook: Hashable {
    /// What its system calls itself.
    let system: String
    /// What it calls its processor.
    let processor: String
    /// Bytes that are free where the directory is or will be.
    let free: Int64
    /// False when nothing can be written there.
    let isWritable: Bool
    /// What the directory holds.
    let holds: Content
    /// The boot of the kernel: the same for machines that share it.
    let boot: String

    /// What the directory holds.
    enum Content: Hashable {
        case absent, empty
        /// A copy that was not finished.
        case begun
        /// A copy of the system of that generation.
        case copy(ContentDigest)
        /// So many other files.
        case files(Int)
        /// It is a file.
        case file
    }

    /// Reads `Linux x86_64 FREE writable CONTENT BOOT`; nil when it is not that. Free is in KiB.
    init?(_ line: String) {
        let words = line.split(separator: " ").map(String.init)
        guard words.count == 6, let kibibytes = Int64(words[2]), kibibytes >= 0,
            ["writable", "readonly"].contains(words[3]), let holds = Self.content(words[4])
        else { return nil }
        (system, processor) = (words[0], words[1])
        free = kibibytes.multipliedReportingOverflow(by: 1024).overflow ? .max : kibibytes * 1024
        isWritable = words[3] == "writable"
        self.holds = holds
        boot = words[5]
    }

    private static func content(_ word: String) -> Content? {
        switch word {
        case "absent": return .absent
        case "empty": return .empty
        case "begun": return .begun
        case "file": return .file
        default: break
        }
        if word.hasPrefix("copy:") {
            return ContentDigest(String(word.dropFirst(5))).map { .copy($0) }
        }
        return word.hasPrefix("files:") ? Int(word.dropFirst(6)).map { .files($0) } : nil
    }

    /// The same as facts of a target for the system of that generation. Whoever asks for the same
    /// copy again wants it whole; a copy of another system is somebody's installation.
    func facts(
        _ address: HostAddress, of generation: ContentDigest
    ) throws(ReproductionError) -> TargetFacts {
        guard system == "Linux" else { throw refused(address, "it runs \(printable(system))") }
        guard let architecture = Description.Architecture(rawValue: processor) else {
            throw refused(address, "its processor is a \(printable(processor))")
        }
        var facts = TargetFacts(
            .host, path: address.description, exists: true, room: free)
        facts.architecture = architecture
        facts.isReadOnly = !isWritable
        switch holds {
        case .absent, .empty: break
        case .begun: facts.holdsCopy = true
        case .copy(let other):
            facts.holds = "the system \(other)"
            facts.holdsCopy = other == generation
        case .files(let count): facts.holds = "\(count) files"
        case .file:
            throw refused(address, "\(address.directory) is a file there", "name a directory")
        }
        return facts
    }

    private func refused(
        _ address: HostAddress, _ cause: String,
        _ remedy: String = "name a host with Linux on x86_64 or aarch64"
    ) -> ReproductionError {
        ReproductionError(
            .refused, operation: "build on", subject: address.description, cause: cause,
            remedy: remedy)
    }
}
