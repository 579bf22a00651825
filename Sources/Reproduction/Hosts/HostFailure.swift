internal import Host
internal import Resources

/// Why a host could not be spoken with, from what the system's ssh or the script said.
enum HostFailure {
    /// What ssh says when it ends with 255 (OpenSSH 9.2, in its own words), the first that is
    /// found, with what it means.
    private static let words: [(String, ReproductionError.Kind, cause: String, remedy: String)] = [
        (
            "REMOTE HOST IDENTIFICATION HAS CHANGED", .untrusted,
            "its key is another than the known one",
            "find out why; then ssh-keygen -R HOST, and make the new key known"
        ),
        (
            "Host key verification failed", .untrusted, "its key is not known",
            "compare its fingerprint and make it known, as with ssh-keyscan HOST >> known_hosts"
        ),
        (
            "Permission denied", .notAllowed, "it accepts none of the keys",
            "name the file of a key that it accepts (--key), and the user as ssh://user@host"
        ),
        (
            "Could not resolve hostname", .missing, "nobody knows an address of that name",
            "see how it is written, or give a numeric address"
        ),
        (
            "Connection refused", .failed, "no ssh server listens there",
            "install and start openssh-server there, or name its port"
        ),
        (
            "Connection timed out", .failed, "it does not answer",
            "see that it runs and can be reached from here"
        ),
        (
            "No route to host", .failed, "there is no way to it",
            "see that it runs and can be reached from here"
        ),
        (
            "Too many authentication failures", .notAllowed, "it was offered too many keys",
            "name the one file of the key that it accepts (--key)"
        ),
    ]

    /// The failure of a conversation that ended: `said` is what went to the errors of ssh.
    static func ended(_ said: String, exit: ExitStatus?, host: String) -> ReproductionError {
        for (word, kind, cause, remedy) in words where said.contains(word) {
            return error(kind, host, cause, remedy)
        }
        let last = said.split(separator: "\n").last.map { plain($0) }
        let status = exit.map { " (\($0))" } ?? ""
        return error(
            .failed, host,
            "the connection ended\(status)" + (last.map { ": \($0)" } ?? ""),
            "ask again when it can be reached; it goes on where it ended")
    }

    /// The failure that the script told of: a word, and what the host said of it.
    static func told(_ text: Substring, host: String) -> ReproductionError {
        let parts = text.split(separator: " ", maxSplits: 1)
        let said = parts.count > 1 ? plain(parts[1]) : "it said no more"
        switch parts.first.map(String.init) ?? "" {
        case "disk":
            let isFull = ["No space left", "quota exceeded", "File too large"].contains {
                said.contains($0)
            }
            return error(
                isFull ? .noSpace : .failed, host, said,
                isFull
                    ? "free some space there and ask again; it goes on where it ended"
                    : "see to the disk there and ask again")
        case "busy":
            return error(
                .busy, host, "another copy goes to the same directory",
                "wait for it, or name another directory")
        case "tools":
            return error(.refused, host, said, "install coreutils, grep and util-linux there")
        case "unit":
            return error(
                .refused, host, "\(said) is of somebody else",
                "remove that unit, or run the node there yourself")
        case "apps":
            return error(.refused, host, said, "stop what runs there first")
        case "node": return error(.failed, host, said, "see the log of the node there")
        default:
            return error(.badForm, host, "it does not know '\(said)'", "report this as a defect")
        }
    }

    /// What a host said, its last 400 bytes: nothing in it steers a terminal or a page.
    static func plain(_ text: Substring) -> String {
        let bytes = text.utf8.suffix(400).map { (0x20..<0x7F).contains($0) ? $0 : 0x3F }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// ssh itself could not be started.
    static func start(_ failure: ProcessError, host: String) -> ReproductionError {
        guard failure.kind == .notFound else { return ReproductionError(failure) }
        return error(
            .missing, host, "there is no program \(failure.subject) on this machine",
            "install openssh-client")
    }

    static func late(_ host: String) -> ReproductionError {
        error(
            .failed, host, "it has not answered for \(Limits.hostAnswer.value) ms",
            "see what it is busy with, and ask again")
    }

    static func cancelled(_ host: String) -> ReproductionError {
        error(.cancelled, host, "who asked gave up", "ask again; it goes on where it ended")
    }

    static func strange(_ line: String, host: String) -> ReproductionError {
        error(
            .badForm, host, "it answers '\(printable(String(line.prefix(200))))'",
            "use an account whose shell is a POSIX shell and that runs any command")
    }

    private static func error(
        _ kind: ReproductionError.Kind, _ host: String, _ cause: String, _ remedy: String
    ) -> ReproductionError {
        ReproductionError(
            kind, operation: "work on", subject: host, cause: cause, remedy: remedy)
    }
}
