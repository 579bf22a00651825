internal import Glibc
public import Resources

/// What programs have said. Each writes one file, appended, for as long as it lives, whatever
/// becomes of Pisces. Its room is given back from the front (fallocate(2), a hole): offsets stay as
/// they are, so that a reader that follows is at the right place, and no line is lost between
/// two files. Docs/drivers.md has the choices.
extension LinuxProcesses {
    /// The folder of a task's output: a file for each life, named by its key, in order of time.
    public func outputs(of name: String) -> String { outputRoot + "/" + Self.encoded(name) }

    private var outputRoot: String {
        "/" + root.split(separator: "/").dropLast().joined(separator: "/") + "/output"
    }

    /// A name as one file may have it.
    private static func encoded(_ name: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in name.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: bytes.append(byte)
            case 0x2E where !bytes.isEmpty: bytes.append(byte)
            default: bytes += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    public func listOutput(of key: Identifier, as name: String) throws(ProcessError) {
        let folder = outputs(of: name)
        try files.makeFolder(folder)
        try files.link("\(folder)/\(key)", to: output(of: key))
    }

    public func keepOutput(of key: Identifier, as name: String) throws(ProcessError) {
        let folder = outputs(of: name)
        try files.makeFolder(folder)
        if files.kind(output(of: key)) != nil {
            try trim(output(of: key), to: Limits.outputBytes.value)
            try files.rename(output(of: key), to: "\(folder)/\(key)")
        } else if files.kind("\(folder)/\(key)", following: false) == .link {
            try files.remove("\(folder)/\(key)")
        }
        // The oldest lives go; a link is of a life that is still there.
        let kept = try files.names(in: folder).filter { name in
            files.kind("\(folder)/\(name)", following: false) != .link
        }
        for name in kept.dropLast(Limits.outputLives.value) {
            try files.remove(folder + "/" + name)
        }
        try files.sync(folder: folder)
    }

    /// Forgets all that the lives of a task have said, but of those that are still there.
    public func forgetOutput(of name: String) throws(ProcessError) {
        let folder = outputs(of: name)
        for name in try files.names(in: folder) {
            let path = folder + "/" + name
            if files.kind(path, following: false) == .link, files.kind(path) != nil { continue }
            try files.remove(path)
        }
        unsafe _ = rmdir(folder)
    }

    /// Gives back the room of what running programs said long ago; how many bytes. Call it every
    /// second or so: in between a program may write as much as the disk takes.
    public func trimOutputs() throws(ProcessError) -> Int64 {
        var released: Int64 = 0
        for name in try files.names(in: root) {
            released += try trim("\(root)/\(name)/output", to: Limits.outputBytes.value)
        }
        return released
    }

    @discardableResult
    func trim(_ path: String, to limit: Int) throws(ProcessError) -> Int64 {
        let file = unsafe open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
        if file < 0 {
            if errno == ENOENT { return 0 }
            throw files.failure("open", path)
        }
        let opened = OpenFile(file, path: path)
        let before = try opened.status()
        // Not for every line anew: a quarter more than is kept.
        guard before.allocated > Int64(limit + limit / 4) else { return 0 }
        let end = (before.bytes - Int64(limit)) & ~4095
        guard end > 0 else { return 0 }
        try opened.release(upTo: end)
        return before.allocated - (try opened.status().allocated)
    }
}
