internal import Bus
internal import Drivers
internal import Host
internal import Resources
internal import Trust

/// What a node shows etcd: a certificate of an authority that is used for nothing else, in PEM files
/// below `bus/etcd`.
struct EtcdPass: Hashable, Sendable {
    /// The certificate.
    let certificate: Certificate
    /// The authority's.
    let authority: Certificate

    /// Its form on the bus: a list of the two certificates.
    var bytes: [UInt8] {
        var writer = CBORWriter(capacity: 1024)
        writer.beginList(2)
        writer.write(bytes: certificate.bytes)
        writer.write(bytes: authority.bytes)
        return writer.bytes
    }

    init(certificate: Certificate, authority: Certificate) {
        self.certificate = certificate
        self.authority = authority
    }

    /// Reads the form on the bus.
    init(bytes: [UInt8]) throws(BusError) {
        do {
            var reader = CBORReader(bytes)
            try reader.expectList(2)
            let (own, authority) = (try reader.readBytes(), try reader.readBytes())
            try reader.finish()
            certificate = try Certificate(bytes: own)
            self.authority = try Certificate(bytes: authority)
        } catch {
            throw BusError(
                .malformed, operation: "read", subject: "a certificate for etcd",
                cause: "\(error)", remedy: "run the same version of Pisces on both machines")
        }
    }

    /// The files of a state directory.
    struct Files: Sendable {
        let folder: String

        init(_ directory: String) { folder = directory + "/bus/etcd" }

        var authority: String { folder + "/authority.pem" }
        var certificate: String { folder + "/certificate.pem" }
        var key: String { folder + "/key.pem" }
        var revoked: String { folder + "/revoked.pem" }
    }

    /// The certificate in the files; nil when there is none that can be read.
    static func load(_ files: Files) throws(BusError) -> Certificate? {
        do throws(ProcessError) {
            guard let text = try LinuxFiles().text(files.certificate) else { return nil }
            let letters = text.split(separator: "\n").filter { !$0.hasPrefix("-----") }.joined()
            return Base64.decode(letters).flatMap { try? Certificate(bytes: $0) }
        } catch {
            throw BusError(
                .refused, operation: error.operation, subject: error.subject, cause: error.cause,
                remedy: "see that the state directory can be read")
        }
    }

    /// Writes the files, the key last.
    func save(_ files: Files, _ key: MachineKey) throws(NodeError) {
        do throws(ProcessError) {
            let disk = LinuxFiles()
            try disk.makeFolder(files.folder)
            try disk.replace(
                files.authority, with: Self.pem("CERTIFICATE", authority.bytes), mode: 0o600)
            try disk.replace(
                files.certificate, with: Self.pem("CERTIFICATE", certificate.bytes), mode: 0o600)
            var secret = key.forTLS.withBytes { Self.pem("PRIVATE KEY", $0) }
            defer { wipe(&secret) }
            try disk.replace(files.key, with: secret, mode: 0o600)
        } catch { throw NodeError(error.operation, error.subject, error.cause) }
    }

    /// The textual encoding of RFC 7468.
    static func pem(_ label: String, _ bytes: [UInt8]) -> [UInt8] {
        let letters = Array(Base64.encode(bytes).utf8)
        var text = Array("-----BEGIN \(label)-----\n".utf8)
        for start in stride(from: 0, to: letters.count, by: 64) {
            text += letters[start..<min(start + 64, letters.count)] + [0x0A]
        }
        return text + Array("-----END \(label)-----\n".utf8)
    }
}
