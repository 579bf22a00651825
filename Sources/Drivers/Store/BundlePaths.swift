internal import Resources

/// That what a bundle holds stays inside the folder it is unpacked to, whatever its links.
///
/// All of it works on bytes, as the kernel does: to Swift a slash with a combining accent is not a
/// slash, and two forms of one accented name are one.
enum BundlePaths {
    private typealias Path = [UInt8]
    private static let slash = UInt8(ascii: "/")

    /// Checks order, paths and links.
    static func check(_ files: [BundleManifest.File], of title: String) throws(BundleError) {
        var paths = Set<Path>()
        var links: [Path: Path] = [:]
        for file in files {
            let path = Array(file.path.utf8)
            try check(path, file.path, title)
            paths.insert(path)
            if case .link(let target) = file.kind { links[path] = Array(target.utf8) }
        }
        for (before, file) in zip(files, files.dropFirst())
        where !before.path.utf8.lexicographicallyPrecedes(file.path.utf8) {
            throw refusal(file.path, title, "is there twice or out of order")
        }
        for file in files {
            // Nothing may be inside of a file, or be reached through a link.
            for folder in folders(above: file.path) where paths.contains(Array(folder.utf8)) {
                throw refusal(file.path, title, "is inside of \(printable(folder)), no folder")
            }
            if case .link = file.kind { try follow(file.path, links, title) }
        }
    }

    /// The folders a path goes through, the topmost first.
    static func folders(above path: String) -> [String] {
        let bytes = Array(path.utf8)
        return bytes.indices.filter { bytes[$0] == slash }.map {
            String(decoding: bytes[..<$0], as: UTF8.self)
        }
    }

    private static func check(
        _ bytes: Path, _ path: String, _ title: String
    ) throws(BundleError) {
        let most = Limits.bundlePath
        guard bytes.count <= most.value else {
            throw refusal(path, title, "has \(bytes.count) bytes; the limit is \(most.value)")
        }
        guard bytes.first != slash else { throw refusal(path, title, "is absolute") }
        let parts = bytes.split(separator: slash, omittingEmptySubsequences: false)
        guard parts.count <= Limits.bundleDepth.value else {
            throw refusal(
                path, title, "is \(parts.count) deep; the limit is \(Limits.bundleDepth.value)")
        }
        for part in parts {
            guard part.count <= 255 else { throw refusal(path, title, "has too long a name") }
            do throws(NameError) {
                _ = try ResourceName(String(decoding: part, as: UTF8.self))
            } catch {
                throw refusal(path, title, "has a part that \(error.reason)")
            }
        }
    }

    /// Follows a link as the kernel would, other links of the bundle included: each of them may be
    /// inside while together they lead out.
    private static func follow(
        _ link: String, _ links: [Path: Path], _ title: String
    ) throws(BundleError) {
        var place = Array(Array(link.utf8).split(separator: slash).dropLast())
        var (hops, pending) = (0, [ArraySlice<UInt8>]())
        func take(_ target: Path) throws(BundleError) {
            guard !target.isEmpty, target.first != slash, !target.contains(0),
                target.count <= Limits.bundlePath.value
            else {
                let text = String(decoding: target, as: UTF8.self)
                throw refusal(link, title, "leads outside or nowhere, to \(printable(text))")
            }
            pending += target.split(separator: slash).reversed()
        }
        try take(links[Array(link.utf8)] ?? [])
        while let part = pending.popLast() {
            if part.elementsEqual(".".utf8) { continue }
            if part.elementsEqual("..".utf8) {
                guard place.popLast() != nil else {
                    throw refusal(link, title, "leads outside of the app's folder")
                }
                continue
            }
            guard let next = links[Array((place + [part]).joined(separator: [slash]))] else {
                place.append(part)
                continue
            }
            hops += 1
            guard hops <= Limits.linkHops.value else {
                throw refusal(link, title, "goes round in circles")
            }
            try take(next)
        }
    }

    private static func refusal(_ path: String, _ title: String, _ cause: String) -> BundleError {
        BundleError(
            .badPath, operation: "bundle", subject: "\(printable(path)) of \(title)", cause: cause,
            remedy: "keep files and links inside of the app's folder, under plain names")
    }
}
