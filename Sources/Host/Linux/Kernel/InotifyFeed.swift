internal import CHost
internal import Glibc

/// Changes of files by inotify(7).
///
/// A name is watched through the folder it lies in, or the nearest one that exists; what else
/// happens there is not told.
final class InotifyFeed: FileWatch {
    private let file: Int32
    let isUrgent = false
    private var wanted = WatchedPaths()
    /// The folders and files watched, by watch descriptor and by path.
    private var paths: [Int32: String] = [:]
    private var watches: [String: Int32] = [:]
    private(set) var hasGrown = false
    private var buffer = [UInt8].unfilled(65_536)

    init() throws(KernelError) {
        file = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
        guard file >= 0 else {
            throw KernelError(
                operation: "watch files", cause: unsafe String(cString: strerror(errno)),
                remedy: "raise fs.inotify.max_user_instances")
        }
    }

    var descriptor: Int32? { file }

    func become(_ paths: WatchedPaths) -> [String: String] {
        wanted = paths
        hasGrown = false
        var targets = paths.exact
        for path in paths.named { targets.formUnion(Self.places(of: path)) }
        for (path, watch) in watches where !targets.contains(path) {
            _ = inotify_rm_watch(file, watch)
            watches[path] = nil
            self.paths[watch] = nil
        }
        var refused: [String: String] = [:]
        for path in targets where watches[path] == nil {
            // A path through a link is told of under the name it was asked for.
            let watch = unsafe inotify_add_watch(file, path, Self.mask)
            if watch >= 0 {
                hasGrown = true
                watches[path] = watch
                self.paths[watch] = path
            } else if errno != ENOENT {
                refused[path] = unsafe String(cString: strerror(errno))
            }
        }
        return refused
    }

    private static let mask: UInt32 =
        UInt32(IN_MODIFY) | UInt32(IN_ATTRIB) | UInt32(IN_CLOSE_WRITE) | UInt32(IN_MOVED_FROM)
        | UInt32(IN_MOVED_TO) | UInt32(IN_CREATE) | UInt32(IN_DELETE) | UInt32(IN_DELETE_SELF)
        | UInt32(IN_MOVE_SELF)

    /// The folders whose events tell of a path: itself when it is a folder, and the nearest that
    /// exists above it; of a link's target likewise.
    private static func places(of path: String) -> Set<String> {
        var places: Set<String> = [existing(above: path)]
        var one = stat()
        guard unsafe lstat(path, &one) == 0 else { return places }
        if one.st_mode & S_IFMT == S_IFLNK, let target = unsafe realpath(path, nil) {
            let name = unsafe String(cString: target)
            unsafe free(target)
            places.insert(existing(above: name))
        }
        if unsafe stat(path, &one) == 0, one.st_mode & S_IFMT == S_IFDIR { places.insert(path) }
        return places
    }

    private static func existing(above path: String) -> String {
        var path = parent(path)
        while path != "/", unsafe access(path, F_OK) != 0 { path = parent(path) }
        return path
    }

    private static func parent(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }

    func receive(_ take: (RawSpan) -> Void) -> FeedState {
        let count = unsafe Glibc.read(file, &buffer, buffer.count)
        guard count > 0 else { return .empty }
        var offset = 0
        var isLost = false
        // struct inotify_event: watch, mask, cookie, length of the name, name padded with NUL.
        while offset + 16 <= count {
            let (watch, mask) = (Int32(bitPattern: word(offset)), word(offset + 4))
            let length = Int(word(offset + 12))
            let name = buffer[offset + 16..<min(count, offset + 16 + length)].prefix { $0 != 0 }
            offset += 16 + length
            if mask & UInt32(IN_Q_OVERFLOW) != 0 { isLost = true }
            guard let path = paths[watch] else { continue }
            if mask & UInt32(IN_IGNORED) != 0 {
                paths[watch] = nil
                watches[path] = nil
            }
            tell(path, String(decoding: name, as: UTF8.self), take)
        }
        if isLost { return .lost(cause: "the queue of file events overflowed") }
        return count > buffer.count / 2 ? .more : .empty
    }

    private func word(_ offset: Int) -> UInt32 {
        buffer[offset..<offset + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }

    private func tell(_ path: String, _ name: String, _ take: (RawSpan) -> Void) {
        let whole = name.isEmpty ? path : (path == "/" ? "" : path) + "/" + name
        guard concerns(whole, path) else { return }
        unsafe take(Array(whole.utf8).span.bytes)
    }

    /// True for what was asked for, what is directly in it, and what leads to it.
    private func concerns(_ whole: String, _ folder: String) -> Bool {
        if wanted.exact.contains(whole) || wanted.named.contains(whole) { return true }
        if wanted.named.contains(folder) || wanted.exact.contains(folder) { return true }
        let inside = whole + "/"
        if wanted.named.contains(where: { $0.hasPrefix(inside) }) { return true }
        // Beside the target of a link: the link's own name is what was asked for.
        return !wanted.named.contains { Self.parent($0) == folder || $0.hasPrefix(folder + "/") }
            && folder != "/"
    }

    func close() { _ = Glibc.close(file) }
}
