public import Host
internal import Resources

/// The files of packages, on demand: dpkg's lists have 161,000 paths on a workstation, too many to
/// be resources (RFD 0006).
public enum PackageFiles {
    /// The paths of a package, as resources of type `package` name it; nil when dpkg has none of
    /// that name.
    public static func list(_ package: String, on kernel: any Kernel) -> [String]? {
        guard !package.isEmpty, !package.contains("/") else { return nil }
        var names = [package]
        if !package.contains(":"), let native = DpkgReader.nativeArchitecture(kernel) {
            names.append("\(package):\(native)")
        }
        for name in names {
            guard let list = kernel.read("\(FileOwners.folder)/\(name).list") else { continue }
            // The first line of each is the root folder.
            return list.split(separator: 10).map { lossyText($0) }.filter { $0 != "/." }
        }
        return nil
    }

    /// The packages that a path came with: of folders many, of files one.
    public static func owners(of path: String, on kernel: any Kernel) -> [String] {
        // Packages of before the merge of /usr name paths through its links.
        var spellings: Set<String> = [path]
        for folder in ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"] {
            let real = realPath(folder, kernel)
            if real != folder, path.hasPrefix(real + "/") {
                spellings.insert(folder + path.dropFirst(real.count))
            }
            if real != folder, path.hasPrefix(folder + "/") {
                spellings.insert(real + path.dropFirst(folder.count))
            }
        }
        let wanted = Set(spellings.map { Array($0.utf8)[...] })
        let native = DpkgReader.nativeArchitecture(kernel)
        var owners: [String] = []
        for name in kernel.list(FileOwners.folder) ?? [] where name.hasSuffix(".list") {
            let bytes = kernel.read("\(FileOwners.folder)/\(name)") ?? []
            if Self.has(bytes, wanted) {
                owners.append(FileOwners.label(name.dropLast(5), native))
            }
        }
        return owners
    }

    private static func has(_ list: [UInt8], _ wanted: Set<ArraySlice<UInt8>>) -> Bool {
        let lengths = Set(wanted.map(\.count))
        var start = 0
        for index in list.indices where list[index] == 10 {
            // Most lines differ in length: only those that do not are compared.
            if lengths.contains(index - start), wanted.contains(list[start..<index]) {
                return true
            }
            start = index + 1
        }
        return false
    }
}
