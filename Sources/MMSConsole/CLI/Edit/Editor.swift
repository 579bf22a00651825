internal import Glibc
internal import Resources

/// The person's own editor, run on a file in this terminal.
struct Editor {
    /// What the shell runs, with the file as its last word.
    let command: String

    /// `VISUAL`, else `EDITOR`, else `vi`.
    init(environment: [String: String]) {
        let named = ["VISUAL", "EDITOR"].lazy.compactMap { environment[$0] }
        command = named.first { !$0.isEmpty } ?? "vi"
    }

    /// Makes a file of that text that only its owner reads, and gives its path.
    static func file(holding text: String, in folder: String) throws(ClientError) -> String {
        let pattern = String(repeating: "X", count: 6)
        var path = Array("\(folder)/pisces-edit-\(pattern).yaml".utf8CString)
        let descriptor = unsafe mkstemps(&path, 5)
        let name = String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard descriptor >= 0 else { throw broken("make", name) }
        defer { close(descriptor) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { buffer in
                unsafe write(descriptor, buffer.baseAddress, buffer.count)
            }
            guard count > 0 else { throw broken("write", name) }
            rest = rest.dropFirst(count)
        }
        return name
    }

    /// Runs the editor until the person leaves it. `system` keeps the interrupt key for the editor
    /// alone (system(3)).
    func edit(_ path: String) throws(ClientError) {
        let quoted = path.split(separator: "'", omittingEmptySubsequences: false)
            .joined(separator: "'\\''")
        let status = unsafe system("\(command) '\(quoted)'")
        guard status == 0 else {
            throw .broken("\(printable(command)) ended with an error; nothing was sent")
        }
    }

    /// Removes the file, when nothing in it is wanted any more.
    static func remove(_ path: String) { unsafe _ = unlink(path) }

    private static func broken(_ what: String, _ path: String) -> ClientError {
        .broken("cannot \(what) \(printable(path)): \(unsafe String(cString: strerror(errno)))")
    }
}
