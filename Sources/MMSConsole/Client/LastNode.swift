internal import Host

/// The state directory that this person's last `up --state` named: commands that name none find
/// its node when there is none at the default. A file of one line beside the person's own state.
struct LastNode {
    private let file: String
    private static var mostBytes: Int { 4096 }

    /// Nil when the environment says nowhere where a person's files are, as at boot.
    init?(environment: [String: String]) {
        let home = environment["HOME"].map { $0 + "/.local/state" }
        guard let base = environment["XDG_STATE_HOME"] ?? home else { return nil }
        file = base + "/pisces-last"
    }

    /// Remembers the directory. It is a help for people: where it cannot be kept, they name the
    /// directory again.
    func remember(_ directory: String) {
        let files = LinuxFiles()
        if (try? files.text(file, atMost: Self.mostBytes)) == directory + "\n" { return }
        try? files.makeFolder(String(file.prefix(upTo: file.lastIndex(of: "/") ?? file.endIndex)))
        try? files.replace(file, with: Array((directory + "\n").utf8))
    }

    /// The directory, while a node has its socket there.
    var directory: String? {
        let text = try? LinuxFiles().text(file, atMost: Self.mostBytes)
        guard let line = text?.split(separator: "\n").first.map(String.init),
            StateDirectory.hasSocket(line)
        else { return nil }
        return line
    }
}
