internal import CHost
internal import Glibc
internal import Resources

extension LinuxKernel {
    public func fileEvents() throws(KernelError) -> any FileEventFeed { try FanotifyFeed() }

    public func birth(_ path: String) -> Int64? {
        var time: Int64 = 0
        return unsafe chost_file_birth(path, &time) == 0 ? time : nil
    }
}

/// Changes of files by fanotify(7): marks on whole file systems, reports by the handle of a folder
/// and a name in it.
///
/// Handles are turned into paths once and remembered, until a folder anywhere is renamed.
final class FanotifyFeed: FileEventFeed {
    let isUrgent = false
    private let file: Int32
    /// A descriptor on each file system that is marked, by its identifier.
    private var systems: [UInt64: Int32] = [:]
    private var roots = FollowedPaths()
    private var folders: [Int: Folder] = [:]
    /// Small: each event of a reading may bring a descriptor.
    private var buffer = [UInt8].unfilled(16_384)
    private var authors: EventAuthors

    private struct Author {
        var process: Int32
        var handle: Int32?
    }

    private struct Folder {
        var path: [UInt8]
        var place: FollowedPaths.Place
    }

    /// Events whose authors are proven by pidfds, where the kernel gives them and `wanted` says so.
    init(_ wanted: EventAuthors.Proof = .handles) throws(KernelError) {
        var opened = chost_file_events_open(wanted == .handles ? 1 : 0)
        authors = EventAuthors(wanted)
        if opened == -EINVAL, wanted == .handles {
            opened = chost_file_events_open(0)
            authors = EventAuthors(.times)
        }
        file = opened
        guard file >= 0 else { throw Self.refusal(-file) }
        // Everybody may open a group of events, but only with the privilege mark a file system.
        let code = mark("/")
        guard code == 0 else {
            close()
            throw Self.refusal(code)
        }
    }

    private static func refusal(_ code: Int32) -> KernelError {
        KernelError(
            operation: "subscribe to file events", cause: unsafe String(cString: strerror(code)),
            remedy: "grant CAP_SYS_ADMIN and CAP_DAC_READ_SEARCH; Linux 5.9 or newer")
    }

    var descriptor: Int32? { file }

    // MARK: What is followed

    func follow(_ paths: Set<String>) -> [String: String] {
        roots = FollowedPaths(paths)
        folders = [:]
        var refused: [String: String] = [:]
        for path in paths {
            var place = path
            while place != "/", unsafe access(place, F_OK) != 0 { place = parent(place) }
            let code = mark(place)
            if code != 0 { refused[path] = unsafe String(cString: strerror(code)) }
        }
        return refused
    }

    private func parent(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }

    private static let mask: UInt64 =
        0x4 | 0x8 | 0x40 | 0x80 | 0x100 | 0x200 | 0x1000 | 0x4000_0000

    /// Marks the file system that holds a path, once. Returns 0 or an error number.
    private func mark(_ path: String) -> Int32 {
        var identifier: UInt64 = 0
        let found = unsafe chost_file_system_id(path, &identifier)
        guard found == 0 else { return -found }
        guard systems[identifier] == nil else { return 0 }
        let marked = unsafe chost_file_events_mark(file, Self.mask, path)
        guard marked == 0 else { return -marked }
        let place = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard place >= 0 else { return errno }
        systems[identifier] = place
        // Handles can be written by events and yet not be opened: without the privilege.
        return 0
    }

    // MARK: Events

    func receive(_ take: (RawSpan) -> Void) -> FeedState {
        authors.begin()
        let count = unsafe Glibc.read(file, &buffer, buffer.count)
        guard count > 0 else {
            if count < 0, errno == EAGAIN { authors.end() }
            return count < 0 && errno != EAGAIN && errno != EINTR
                ? .lost(cause: unsafe String(cString: strerror(errno))) : .empty
        }
        var offset = 0
        var isLost = false
        // struct fanotify_event_metadata: length, version, reserved, its own length, mask,
        // descriptor, process.
        while offset + 24 <= count {
            let length = Int(load(offset, UInt32.self))
            guard length >= 24, offset + length <= count else { break }
            let mask = load(offset + 8, UInt64.self)
            if mask & 0x4000 != 0 { isLost = true }
            let head = Int(load(offset + 6, UInt16.self))
            let process = load(offset + 20, Int32.self)
            let author = Author(
                process: process, handle: handle(offset + head, offset + length))
            tell(mask, author, offset + head, offset + length, take)
            if let handle = author.handle, handle >= 0 { _ = Glibc.close(handle) }
            offset += length
        }
        if count <= buffer.count / 2 { authors.end() }
        if isLost { return .lost(cause: "the queue of file events overflowed") }
        return count > buffer.count / 2 ? .more : .empty
    }

    private func load<Word: FixedWidthInteger & BitwiseCopyable>(
        _ offset: Int, _: Word.Type
    ) -> Word {
        unsafe buffer.withUnsafeBytes {
            unsafe $0.loadUnaligned(fromByteOffset: offset, as: Word.self)
        }
    }

    /// The pidfd of an event among its information records; negative for a process that is gone.
    private func handle(_ start: Int, _ end: Int) -> Int32? {
        guard authors.proof == .handles else { return nil }
        var offset = start
        // struct fanotify_event_info_pidfd: type, padding, length, descriptor.
        while offset + 8 <= end {
            let length = Int(load(offset + 2, UInt16.self))
            guard length >= 8, offset + length <= end else { return nil }
            if buffer[offset] == 4 { return load(offset + 4, Int32.self) }
            offset += length
        }
        return nil
    }

    /// One event: its information records follow each other from `start` to `end`.
    private func tell(
        _ mask: UInt64, _ author: Author, _ start: Int, _ end: Int,
        _ take: (RawSpan) -> Void
    ) {
        var offset = start
        // struct fanotify_event_info_fid: type, padding, length, file system, then struct
        // file_handle: count of bytes, type, bytes; then the name and a NUL.
        while offset + 20 <= end {
            let length = Int(load(offset + 2, UInt16.self))
            guard length >= 20, offset + length <= end else { return }
            let bytes = Int(load(offset + 12, UInt32.self))
            // With a name, or without one for a folder itself.
            if (2...3).contains(buffer[offset]), bytes <= length - 20 {
                let name = buffer[offset + 20 + bytes..<offset + length].prefix { $0 != 0 }
                let kind = Self.kind(mask)
                // A folder that got another path takes those below it with it.
                let isMoved = kind.contains(.folder) && mask & 0xC0 != 0
                if let folder = folder(offset, bytes) {
                    tell(kind, author, folder, name, take)
                }
                if isMoved { folders.removeAll(keepingCapacity: true) }
            }
            offset += length
        }
    }

    private static func kind(_ mask: UInt64) -> FileEvent.Kind {
        var kind: FileEvent.Kind = []
        if mask & 0x8 != 0 { kind.insert(.contents) }
        if mask & 0x4 != 0 { kind.insert(.attributes) }
        if mask & 0x180 != 0 { kind.insert(.appeared) }
        if mask & 0x240 != 0 { kind.insert(.vanished) }
        if mask & 0x1000 != 0 { kind.insert(.executed) }
        if mask & 0x4000_0000 != 0 { kind.insert(.folder) }
        return kind
    }

    private func tell(
        _ kind: FileEvent.Kind, _ author: Author, _ folder: Folder, _ name: ArraySlice<UInt8>,
        _ take: (RawSpan) -> Void
    ) {
        guard folder.place != .outside || kind.contains(.executed) else { return }
        var path = folder.path
        if !name.isEmpty, !name.elementsEqual(".".utf8) {
            if path != [0x2F] { path.append(0x2F) }
            path += name
        }
        if folder.place == .above, !kind.contains(.executed), !roots.leads(path) { return }
        let start = authors.start(of: author.process, handle: author.handle)
        let event = FileEvent(kind, process: author.process, start: start, path: path)
        unsafe take(event.datagram.span.bytes)
    }

    /// The folder of an information record; nil for one that is gone.
    private func folder(_ offset: Int, _ bytes: Int) -> Folder? {
        var hasher = Hasher()
        for index in offset + 4..<offset + 20 + bytes { hasher.combine(buffer[index]) }
        let key = hasher.finalize()
        if let known = folders[key] { return known }
        guard let mount = systems[load(offset + 4, UInt64.self)] else { return nil }
        let handle = Array(buffer[offset + 20..<offset + 20 + bytes])
        var path = [UInt8](repeating: 0, count: 4096)
        let count = unsafe chost_handle_path(
            mount, load(offset + 16, Int32.self), handle, UInt32(bytes), &path, path.count)
        guard count > 0 else { return nil }
        path.removeLast(path.count - count)
        let found = Folder(path: path, place: roots.place(path))
        if folders.count >= Limits.knownFolders.value {
            folders.removeAll(keepingCapacity: true)
        }
        folders[key] = found
        return found
    }

    func close() {
        for place in systems.values { _ = Glibc.close(place) }
        systems = [:]
        _ = Glibc.close(file)
    }
}
