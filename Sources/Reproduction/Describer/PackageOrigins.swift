internal import Host
internal import Resources
public import Trust

/// Which Debian package a file of this machine is from, with version, source and licences, as
/// dpkg's own files say (dpkg(1): /var/lib/dpkg; copyright: DEP 5).
public struct PackageOrigins: Sendable {
    private let root: String
    private let files = LinuxFiles()

    /// Of the packages below that root.
    public init(root: String = "") { self.root = root }

    /// The origins of content that was taken from files, by path. Files of no package have none.
    public func origins(
        of content: [(path: String, digest: ContentDigest)]
    ) throws(ReproductionError) -> [Description.Origin] {
        do throws(ProcessError) { return try find(content) } catch {
            throw ReproductionError(error)
        }
    }

    private func find(
        _ content: [(path: String, digest: ContentDigest)]
    ) throws(ProcessError) -> [Description.Origin] {
        var wanted: [String: ContentDigest] = [:]
        for (path, digest) in content {
            // Since the merge of /usr, a package may list a file by the path before it.
            for form in Self.forms(of: path) { wanted[form] = digest }
        }
        var owners: [ContentDigest: String] = [:]
        let folder = root + "/var/lib/dpkg/info"
        for name in try files.names(in: folder) where name.hasSuffix(".list") {
            let list = try files.text(folder + "/" + name, atMost: 16 << 20) ?? ""
            for line in list.split(separator: "\n") {
                guard let digest = wanted[String(line)], owners[digest] == nil else { continue }
                owners[digest] = String(name.dropLast(5).prefix { $0 != ":" })
            }
        }
        let known = try packages(Set(owners.values))
        var origins: [Description.Origin] = []
        for (digest, name) in owners.sorted(by: { $0.key < $1.key }) {
            guard let package = known[name] else { continue }
            origins.append(
                Description.Origin(
                    digest, package: Self.line(name), version: Self.line(package.version),
                    source: Self.line(package.source), license: Self.line(try license(of: name))))
        }
        return origins
    }

    private static func forms(of path: String) -> [String] {
        path.hasPrefix("/usr/") ? [path, String(path.dropFirst(4))] : [path, "/usr" + path]
    }

    /// Version and source of packages, from the paragraphs of the status file.
    private func packages(
        _ names: Set<String>
    ) throws(ProcessError) -> [String: (version: String, source: String)] {
        var found: [String: (version: String, source: String)] = [:]
        guard !names.isEmpty else { return found }
        let status = try files.text(root + "/var/lib/dpkg/status", atMost: 64 << 20) ?? ""
        var (package, version, source) = ("", "", "")
        for line in status.split(separator: "\n", omittingEmptySubsequences: false) + [Substring()]
        {
            if line.isEmpty {
                if names.contains(package) {
                    let own = source.isEmpty ? package : source
                    found[package] = (version, own.contains("(") ? own : "\(own) (\(version))")
                }
                (package, version, source) = ("", "", "")
            } else if line.hasPrefix("Package: ") {
                package = String(line.dropFirst(9))
            } else if line.hasPrefix("Version: ") {
                version = String(line.dropFirst(9))
            } else if line.hasPrefix("Source: ") {
                source = String(line.dropFirst(8))
            }
        }
        return found
    }

    /// The licences that a package's copyright names, in their order.
    private func license(of package: String) throws(ProcessError) -> String {
        let path = root + "/usr/share/doc/" + package + "/copyright"
        let text = try files.text(path, atMost: 1 << 20) ?? ""
        var names: [String] = []
        for line in text.split(separator: "\n") where line.hasPrefix("License: ") {
            let name = String(line.dropFirst(9))
            if !names.contains(name) { names.append(name) }
        }
        return names.joined(separator: ", ")
    }

    /// One line that a description takes.
    private static func line(_ text: String) -> String {
        let plain = text.utf8.filter { $0 >= 0x20 && $0 < 0x7F }
        return String(decoding: plain.prefix(Limits.originBytes.value), as: UTF8.self)
    }
}
