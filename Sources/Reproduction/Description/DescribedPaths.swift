internal import Resources

/// That paths of a description stay inside of what is built from it, and have one order and form.
///
/// All of it works on bytes, as the kernel does: to Swift a slash with a combining accent is not a
/// slash, and two forms of one accented name are one.
enum DescribedPaths {
    private static let slash = UInt8(ascii: "/")

    /// Checks order, paths, modes and links; what a file is in must be listed as a directory.
    static func check(_ files: [Description.File]) throws(ReproductionError) {
        var directories: Set<[UInt8]> = [[]]
        var last: [UInt8]?
        for file in files {
            try check(file.path)
            let path = Array(file.path.utf8)
            if let last, !last.lexicographicallyPrecedes(path) {
                throw refusal(file.path, "is there twice or out of order")
            }
            let parent = path.lastIndex(of: slash).map { Array(path[..<$0]) } ?? []
            guard directories.contains(parent) else {
                throw refusal(file.path, "is in something that is no directory listed before it")
            }
            try check(mode: file)
            if case .directory = file.kind { directories.insert(path) }
            last = path
        }
    }

    private static func check(mode file: Description.File) throws(ReproductionError) {
        guard file.mode <= 0o7777 else {
            throw refusal(file.path, "has mode \(String(file.mode, radix: 8))")
        }
        guard case .symlink(let target) = file.kind else { return }
        let count = target.utf8.count
        guard file.mode == 0o777, (1...Limits.describedPath.value).contains(count),
            !target.utf8.contains(0)
        else {
            throw refusal(file.path, "is a link of another mode than 777 or leads to no path")
        }
    }

    /// Checks one relative path.
    static func check(_ path: String) throws(ReproductionError) {
        let most = Limits.describedPath.value
        let bytes = Array(path.utf8)
        guard bytes.count <= most else {
            throw refusal(path, "has \(bytes.count) bytes; the limit is \(most)")
        }
        guard bytes.first != slash else { throw refusal(path, "is absolute") }
        for part in bytes.split(separator: slash, omittingEmptySubsequences: false) {
            guard (1...255).contains(part.count) else {
                throw refusal(path, "has an empty name or one of more than 255 bytes")
            }
            if part.elementsEqual(".".utf8) || part.elementsEqual("..".utf8) {
                throw refusal(path, "has . or .. in it")
            }
            guard part.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
                throw refusal(path, "has a control character in it")
            }
        }
    }

    private static func refusal(_ path: String, _ cause: String) -> ReproductionError {
        Description.refusal(
            .badForm, "\(printable(path)) \(cause)",
            "list plain relative paths in bytewise order, each below a listed directory")
    }
}
