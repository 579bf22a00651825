internal import Resources

/// The arguments of a process, cut to a limit, with secrets taken out.
///
/// A command line is readable by every user of the machine while the process lives, but a log
/// keeps it; so `Redaction` takes values out that are secret by their names.
struct CommandLine: Hashable, Sendable {
    var arguments: [String]
    var isCut: Bool

    /// Reads `/proc/<pid>/cmdline`: arguments closed by NUL. Trailing empty arguments, which a
    /// process that rewrote its title leaves behind, are dropped.
    init(_ bytes: ArraySlice<UInt8>, isCut: Bool, _ redaction: Redaction = .standard) {
        let body = bytes.last == 0 ? bytes.dropLast() : bytes
        var parts = body.split(separator: 0, omittingEmptySubsequences: false)
        while parts.last?.isEmpty == true { parts.removeLast() }
        self.isCut = isCut || parts.count > Self.most
        arguments = redaction.redacted(parts.prefix(Self.most).map { lossyText($0) })
    }

    private static let most = 1024
}
