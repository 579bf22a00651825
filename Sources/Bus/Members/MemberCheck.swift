internal import Host
internal import Resources

/// One thing that must be so on a machine with a member of etcd, and whether it is: those of the
/// CIS Kubernetes Benchmark 1.8 that speak of etcd, and of design/01. What runs is looked at, not
/// what was meant to run.
public struct MemberCheck: Hashable, Sendable {
    /// Its number in the benchmark, or `pisces.n`.
    public var id: String
    /// What must be so.
    public var title: String
    /// Whether it is.
    public var isPassed: Bool
    /// What was found.
    public var found: String
    /// What to do when it is not.
    public var remedy: String

    /// All checks of the member in `folder` that runs as `pid`; its program is `program`.
    /// `authorities` are certificates of other authorities, which etcd's must not be; `trusted` is
    /// how many it may trust.
    public static func all(
        pid: Int32, folder: MemberFolder, authorities: [String] = [], trusted: Int = 1
    ) throws(BusError) -> [MemberCheck] {
        do throws(ProcessError) {
            let line = try folder.files.read("/proc/\(pid)/cmdline", atMost: 65_536) ?? []
            let flags = EtcdFlags(commandLine: line)
            return try transport(flags) + files(flags, pid, folder.files)
                + authority(flags, authorities, trusted, folder.files) + guards(flags)
        } catch {
            throw BusError(
                .refused, operation: "check", subject: error.subject, cause: error.cause,
                remedy: "see whether the member still runs")
        }
    }

    private static func transport(_ flags: EtcdFlags) -> [MemberCheck] {
        [
            flags.names("2.1", "cert-file", "key-file", "clients see a certificate"),
            flags.isOn("2.2", "client-cert-auth", true, "clients show a certificate"),
            flags.isOn("2.3", "auto-tls", false, "certificates for clients are not made by etcd"),
            flags.names("2.4", "peer-cert-file", "peer-key-file", "members see a certificate"),
            flags.isOn("2.5", "peer-client-cert-auth", true, "members show a certificate"),
            flags.isOn(
                "2.6", "peer-auto-tls", false, "certificates for members are not made by etcd"),
        ]
    }

    /// 1.1.11, 1.1.12 and 1.1.21: who may read data and keys.
    private static func files(
        _ flags: EtcdFlags, _ pid: Int32, _ files: LinuxFiles
    ) throws(ProcessError) -> [MemberCheck] {
        let data = flags["data-dir"] ?? ""
        let status = files.status(data)
        let mode = status.map { String($0.mode, radix: 8) } ?? "absent"
        let runner = files.status("/proc/\(pid)")?.owner
        var checks = [
            MemberCheck(
                id: "1.1.11", title: "only its owner may look into the data",
                isPassed: status?.mode == 0o700, found: "\(data) is \(mode)",
                remedy: "chmod 700 \(data)"),
            MemberCheck(
                id: "1.1.12", title: "the data belongs to the user that etcd runs as",
                isPassed: status != nil && status?.owner == runner,
                found: "\(data) is of user \(status.map { "\($0.owner)" } ?? "-"), etcd runs as "
                    + "\(runner.map { "\($0)" } ?? "-")",
                remedy: "chown it to the user of the process"),
        ]
        for flag in ["key-file", "peer-key-file"] {
            guard let key = flags[flag] else { continue }
            let status = files.status(files.resolve(key) ?? key)
            checks.append(
                MemberCheck(
                    id: "1.1.21", title: "only its owner may read the key (\(flag))",
                    isPassed: status.map { $0.mode & 0o177 == 0 } ?? false,
                    found: "\(key) is \(status.map { String($0.mode, radix: 8) } ?? "absent")",
                    remedy: "chmod 600 \(key)"))
        }
        return checks
    }

    /// 2.7: an authority of its own.
    private static func authority(
        _ flags: EtcdFlags, _ others: [String], _ trusted: Int, _ files: LinuxFiles
    ) throws(ProcessError) -> [MemberCheck] {
        let paths = ["trusted-ca-file", "peer-trusted-ca-file"].compactMap { flags[$0] }
        var shared: [String] = []
        var count = 0
        for path in Set(paths).sorted() {
            let own = certificates(try files.text(path) ?? "")
            count = max(count, own.count)
            for other in others {
                let theirs = certificates(try files.text(other) ?? "")
                if !Set(own).isDisjoint(with: theirs) { shared.append(other) }
            }
        }
        let found =
            paths.count < 2
            ? "no authority is named"
            : shared.isEmpty
                ? "\(count) certificate\(count == 1 ? "" : "s") of authorities"
                : "it is that of \(shared.joined(separator: ", "))"
        return [
            MemberCheck(
                id: "2.7", title: "an authority that signs nothing but etcd's certificates",
                isPassed: paths.count == 2 && shared.isEmpty
                    && (1...max(1, trusted)).contains(count), found: found,
                remedy: "give etcd an authority of its own")
        ]
    }

    /// The bodies of the certificates in a PEM file, without white space.
    private static func certificates(_ text: String) -> [String] {
        let parts = text.split(
            separator: "-----BEGIN CERTIFICATE-----", omittingEmptySubsequences: false)
        return parts.dropFirst().map { part in
            let end = part.firstRange(of: "-----END")?.lowerBound ?? part.endIndex
            return String(part[..<end].filter { !$0.isWhitespace })
        }
    }

    /// What design/01 asks of etcd besides.
    private static func guards(_ flags: EtcdFlags) -> [MemberCheck] {
        let plain =
            (flags["listen-client-urls"] ?? "").split(separator: ",")
            + (flags["listen-peer-urls"] ?? "").split(separator: ",")
        let open = plain.filter { !$0.hasPrefix("https://") }
        return [
            flags.isOn("pisces.1", "pre-vote", true, "one that comes back does not unseat others"),
            flags.isOn(
                "pisces.2", "experimental-initial-corrupt-check", true,
                "stores are compared before a member serves"),
            flags.names(
                "pisces.4", "client-crl-file", "peer-crl-file",
                "certificates of removed machines are refused"),
            MemberCheck(
                id: "pisces.3", title: "nothing is said in clear",
                isPassed: open.isEmpty && !plain.isEmpty,
                found: open.isEmpty ? "all addresses are https" : open.joined(separator: ", "),
                remedy: "listen on https only"),
        ]
    }
}

/// What a command line of etcd says.
struct EtcdFlags {
    private var values: [String: String] = [:]

    /// The flags of `/proc/PID/cmdline`: `--name value`, `--name=value` or `--name` alone.
    init(commandLine: [UInt8]) {
        let words = commandLine.split(separator: 0, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        var name: String?
        for word in words.dropFirst() {
            guard word.hasPrefix("-") else {
                if let open = name { values[open] = word }
                name = nil
                continue
            }
            let parts = word.drop { $0 == "-" }.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let key = parts.first.map(String.init) else { continue }
            values[key] = parts.count == 2 ? String(parts[1]) : "true"
            name = parts.count == 2 ? nil : key
        }
    }

    subscript(_ name: String) -> String? { values[name] }

    func isOn(_ id: String, _ flag: String, _ wanted: Bool, _ title: String) -> MemberCheck {
        let value = values[flag] ?? "false"
        return MemberCheck(
            id: id, title: title, isPassed: value == String(wanted), found: "--\(flag)=\(value)",
            remedy: "start etcd with --\(flag)=\(wanted)")
    }

    func names(_ id: String, _ first: String, _ second: String, _ title: String) -> MemberCheck {
        let missing = [first, second].filter { (values[$0] ?? "").isEmpty }
        return MemberCheck(
            id: id, title: title, isPassed: missing.isEmpty,
            found: missing.isEmpty
                ? "--\(first) and --\(second)"
                : "no " + missing.map { "--\($0)" }.joined(separator: ", "),
            remedy: "start etcd with the files that Pisces names")
    }
}
