internal import Bus
internal import Drivers
internal import Host
internal import Resources
internal import Trust

/// What a node shows etcd, and whom it believes: certificates of authorities that are used for
/// nothing else, in PEM files below `bus/etcd`.
struct EtcdPass: Hashable, Sendable {
    /// The certificate.
    let certificate: Certificate
    /// Those of the authorities that are trusted: one, or two while it is replaced (RFD 0027).
    let authorities: [Certificate]
    /// How many steps of replacements the authority had taken.
    let step: Int64

    init(certificate: Certificate, authorities: [Certificate], step: Int64) {
        self.certificate = certificate
        self.authorities = authorities
        self.step = step
    }

    /// What sets those that are trusted apart from others; nil as long as none was ever replaced.
    var trust: String? {
        if step == 0 { return nil }
        return Set(authorities.map(\.passport.key.fingerprint.description)).sorted()
            .joined(separator: " ")
    }

    /// Its form on the bus and in its file: a list of the certificate, those of the authorities and
    /// the step. Where there is one that was never replaced, a list of the two certificates, as
    /// older versions read it.
    var bytes: [UInt8] {
        var writer = CBORWriter(capacity: 2048)
        if step == 0, authorities.count == 1 {
            writer.beginList(2)
            writer.write(bytes: certificate.bytes)
            writer.write(bytes: authorities[0].bytes)
            return writer.bytes
        }
        writer.beginList(3)
        writer.write(bytes: certificate.bytes)
        writer.beginList(authorities.count)
        for authority in authorities { writer.write(bytes: authority.bytes) }
        writer.write(step)
        return writer.bytes
    }

    /// Reads the form.
    init(bytes: [UInt8]) throws(BusError) {
        do {
            var reader = CBORReader(bytes)
            let count = try reader.beginList()
            certificate = try Certificate(bytes: try reader.readBytes())
            if count == 2 {
                authorities = [try Certificate(bytes: try reader.readBytes())]
                step = 0
            } else {
                let list = try reader.readList { (reader) throws(CBORError) in
                    try reader.readBytes()
                }
                authorities = try list.map { (one) throws(TrustError) in
                    try Certificate(bytes: one)
                }
                step = try reader.readInt()
            }
            try reader.finish()
        } catch { throw Self.malformed("\(error)") }
        let areWell = authorities.allSatisfy { $0.passport.use == .authority }
        guard areWell, (1...Limits.etcdAuthorities.value).contains(authorities.count), step >= 0
        else { throw Self.malformed("its authorities are none, or they are too many") }
    }

    private static func malformed(_ cause: String) -> BusError {
        BusError(
            .malformed, operation: "read", subject: "a certificate for etcd", cause: cause,
            remedy: "run the same version of Pisces on both machines")
    }

    /// The files of a state directory.
    struct Files: Sendable {
        let folder: String

        init(_ directory: String) { folder = directory + "/bus/etcd" }

        var authority: String { folder + "/authority.pem" }
        var certificate: String { folder + "/certificate.pem" }
        var key: String { folder + "/key.pem" }
        var revoked: String { folder + "/revoked.pem" }
        /// What the others but the list were written from.
        var pass: String { folder + "/pass" }
    }

    /// What the files were written from; nil when there is nothing that can be read.
    static func load(_ files: Files) throws(BusError) -> EtcdPass? {
        do throws(ProcessError) {
            let disk = LinuxFiles()
            if let bytes = try disk.read(files.pass, atMost: Limits.passBytes.value) {
                // What is none is made anew.
                return try? EtcdPass(bytes: bytes)
            }
            // An older version wrote no other file.
            guard let own = certificate(try disk.text(files.certificate)),
                let authority = certificate(try disk.text(files.authority))
            else { return nil }
            return EtcdPass(certificate: own, authorities: [authority], step: 0)
        } catch {
            throw BusError(
                .refused, operation: error.operation, subject: error.subject, cause: error.cause,
                remedy: "see that the state directory can be read")
        }
    }

    private static func certificate(_ text: String?) -> Certificate? {
        guard let text else { return nil }
        let letters = text.split(separator: "\n").filter { !$0.hasPrefix("-----") }.joined()
        return Base64.decode(letters).flatMap { try? Certificate(bytes: $0) }
    }

    /// Writes the files. The last one says what the others are: after a kill all are written again.
    func save(_ files: Files, _ key: MachineKey) throws(NodeError) {
        do throws(ProcessError) {
            let disk = LinuxFiles()
            try disk.makeFolder(files.folder)
            let trusted = authorities.flatMap { Self.pem("CERTIFICATE", $0.bytes) }
            try disk.replace(files.authority, with: trusted, mode: 0o600)
            try disk.replace(
                files.certificate, with: Self.pem("CERTIFICATE", certificate.bytes), mode: 0o600)
            var secret = key.forTLS.withBytes { Self.pem("PRIVATE KEY", $0) }
            defer { wipe(&secret) }
            try disk.replace(files.key, with: secret, mode: 0o600)
            try disk.replace(files.pass, with: bytes, mode: 0o600)
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
