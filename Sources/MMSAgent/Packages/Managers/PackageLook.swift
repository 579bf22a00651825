internal import Host
internal import Resources

/// One look at the records of package managers: what files said is remembered while they are the
/// same, and the folders that were there are to be watched.
struct PackageLook {
    let kernel: any Kernel
    let homes: [Homes.Home]
    private var kept: [String: Kept]
    private var used: [String: Kept] = [:]
    private(set) var folders: Set<String> = []
    /// Places of which a part was not read.
    private(set) var unread: [String] = []

    private struct Kept {
        var status: FileStatus
        var records: [PackageRecord]
        var isWhole: Bool
    }

    /// A look that follows another one.
    init(_ kernel: any Kernel, homes: [Homes.Home], after last: PackageLook? = nil) {
        self.kernel = kernel
        self.homes = homes
        kept = last?.used ?? [:]
    }

    /// The names in a folder, which is watched from now on; none where there is no such folder.
    mutating func names(_ folder: String, watching: Bool = true) -> [String] {
        guard kernel.status(folder, following: true)?.kind == .directory else { return [] }
        if watching { folders.insert(folder) }
        guard let names = kernel.list(folder) else {
            unread.append(folder)
            return []
        }
        let most = Limits.managedPackages.value
        if names.count > most { unread.append("\(folder) after \(most) names") }
        return names.prefix(most).filter { !$0.hasPrefix(".") }
    }

    /// The record a file tells of, read anew when the file has changed.
    mutating func record(
        _ path: String, _ make: ([UInt8]) -> PackageRecord?
    ) -> PackageRecord? {
        let kernel = kernel
        return records(path) {
            let most = Limits.configurationBytes.value
            guard let bytes = kernel.read(path, at: 0, count: most) else {
                return ([], false)
            }
            return ([make(bytes)].compactMap(\.self), true)
        }.first
    }

    /// The records that files tell of, read anew when the first of them has changed; with them,
    /// whether that is all there was to read.
    mutating func records(
        _ path: String, _ make: () -> (records: [PackageRecord], isWhole: Bool)
    ) -> [PackageRecord] {
        guard let status = kernel.status(path, following: true), status.kind == .file else {
            // A folder is made first and filled later.
            let end = path.lastIndex(of: "/") ?? path.startIndex
            let folder = kernel.status(String(path[..<end]), following: true)
            if folder?.kind == .directory { folders.insert(path) }
            return []
        }
        var one = kept[path]
        if one?.status != status {
            let (records, isWhole) = make()
            one = Kept(status: status, records: records, isWhole: isWhole)
        }
        guard let one else { return [] }
        used[path] = one
        if !one.isWhole { unread.append(path) }
        return one.records
    }

    /// The start of a file, as much as is read of any.
    func text(_ path: String) -> [UInt8]? {
        kernel.read(path, at: 0, count: Limits.configurationBytes.value)
    }

    /// What was not read, for a contract.
    var complaint: String {
        if unread.isEmpty { return "" }
        let rest = unread.count > 4 ? " and \(unread.count - 4) more" : ""
        return "; not readable here: " + unread.prefix(4).joined(separator: ", ") + rest
    }
}

/// The first line of a file, without the spaces around it; nil for none or an empty one.
func firstLine(_ path: String, _ kernel: any Kernel) -> String? {
    guard let bytes = kernel.read(path, at: 0, count: Limits.controlField.value) else {
        return nil
    }
    let words = lossyText(bytes.prefix { $0 != 10 }).split { " \t\r".contains($0) }
    return words.isEmpty ? nil : words.joined(separator: " ")
}

/// A part of a path that came out of a file or a link: only a name can be followed safely.
func isName(_ text: some StringProtocol) -> Bool {
    !text.isEmpty && text != "." && text != ".." && !text.contains("/")
        && text.utf8.count <= 255
}
