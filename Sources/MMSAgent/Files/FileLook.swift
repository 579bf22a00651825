public import Host
public import Resources

/// A file looked at on demand, whether it is a resource or not.
public struct FileLook: Sendable {
    /// What it is, in the fields of type `file`, with the package it came with.
    public var fields: ValueMap
    /// Why there is no digest though one was asked for.
    public var undigested: String?

    /// Looks at a path; nil when nothing is there. A digest is that of a link's target.
    ///
    /// The path is taken as it is: who calls decides which paths a client may ask for.
    public static func look(_ path: String, on kernel: any Kernel, digest: Bool) -> FileLook? {
        guard path.hasPrefix("/"), var record = FileRecord(path, kernel) else { return nil }
        record.package = PackageFiles.owners(of: path, on: kernel).first
        var look = FileLook(fields: record.data(OwnerNames(kernel)), undigested: nil)
        guard digest else { return look }
        do throws(FileDigest.Refusal) {
            look.fields["sha256"] = .text(try FileDigest.sha256(path))
        } catch {
            look.undigested = error.reason
        }
        return look
    }
}

/// The digest of a file's contents.
public enum FileDigest {
    /// A file that was not digested.
    public struct Refusal: Error, Hashable, Sendable {
        /// The file.
        public let path: String
        /// Why, and what would help.
        public let reason: String
    }

    /// The SHA-256 of a regular file, in hexadecimal digits; read piece by piece, at most `limit`
    /// bytes.
    public static func sha256(
        _ path: String, limit: Int = Limits.digestBytes.value
    ) throws(Refusal) -> String {
        var hash = SHA256()
        var total = 0
        let isWhole: Bool
        do throws(LinuxFile.Failure) {
            isWhole = try LinuxFile.pieces(of: path) { piece in
                total += piece.count
                guard total <= limit else { return false }
                hash.update(piece)
                return true
            }
        } catch {
            throw Refusal(path: path, reason: error.cause)
        }
        guard isWhole else {
            throw Refusal(
                path: path, reason: "longer than \(limit) bytes; digest it with sha256sum")
        }
        return hex(hash.finish())
    }
}
