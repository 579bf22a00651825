internal import Host
internal import Resources

/// The certificates in the folders where this machine's programs look for them.
final class CertificateSource: LevelSource {
    private(set) var contract = SensorContract(
        name: "certificates", kinds: [Kind.certificate],
        mechanism: "inotify on the folders of certificates and the firmware's variables",
        why: "their folders tell of every change of these files",
        privilege: "CAP_DAC_READ_SEARCH for the folders of services", fallback: "leaves those out",
        mayMiss: missed)
    private static let missed =
        "certificates in other folders, in key stores (PKCS #12, NSS) "
        + "and inside of programs; changes of a file behind a link, until the sweep"
    static let folders = [
        "/etc/ssl/certs", "/etc/ssl", "/etc/pki/tls/certs", "/etc/pki/ca-trust/source/anchors",
        "/usr/local/share/ca-certificates",
    ]
    /// Folders with a folder for each name.
    private static let families = ["/etc/letsencrypt/live"]
    private var paths: Set<String> = Set(folders)
    /// The variables of the firmware that are there.
    private var variables: Set<String> = []
    /// What files held, by path, for as long as they are the same.
    private var kept: [String: Kept] = [:]

    private struct Kept {
        var status: FileStatus
        var certificates: [Certificate]
    }

    /// Of a file behind a link in another folder nothing is told.
    let sampled: [TypeName: SampledFields] = [:]
    var watched: WatchedPaths? { WatchedPaths(named: paths, exact: variables) }

    func read(_ kernel: any Kernel) -> Reading {
        var files = ConfigReader(kernel)
        var folders = Self.folders
        for family in Self.families {
            folders += files.folder(family).filter {
                kernel.status($0, following: true)?.kind == .directory
            }
        }
        paths = Set(folders + Self.families)
        var next: [String: Kept] = [:]
        var found: [String: (certificate: Certificate, paths: [String])] = [:]
        for folder in folders {
            for path in files.folder(folder) where Self.isWanted(path) {
                guard let one = keep(path, &files) else { continue }
                next[path] = one
                for certificate in one.certificates {
                    found[certificate.fingerprint, default: (certificate, [])].paths.append(path)
                }
            }
        }
        var stores: [String: [String]] = [:]
        variables = []
        for (store, path) in SignatureList.stores {
            guard let one = keep(path, &files, SignatureList.certificates) else { continue }
            next[path] = one
            variables.insert(path)
            for certificate in one.certificates {
                let print = certificate.fingerprint
                found[print, default: (certificate, [])].paths.append(path)
                if stores[print]?.last != store { stores[print, default: []].append(store) }
            }
        }
        kept = next
        contract.mayMiss = Self.missed + files.complaint
        return .whole(
            found.map { print, one in
                var seen = Self.seen(one.certificate, one.paths)
                seen.data["stores"] = .unlessEmpty(stores[print] ?? [])
                return seen
            })
    }

    private func keep(
        _ path: String, _ files: inout ConfigReader,
        _ certificates: ([UInt8]) -> [Certificate] = { Certificate.all($0) }
    ) -> Kept? {
        guard let status = files.kernel.status(path, following: true), status.kind == .file else {
            return nil
        }
        if let old = kept[path], old.status == status { return old }
        return Kept(status: status, certificates: certificates(files.bytes(path) ?? []))
    }

    /// Links by digest (`5ed36f99.0`) are further names of the files beside them.
    private static func isWanted(_ path: String) -> Bool {
        let name = path.split(separator: "/").last ?? ""
        let parts = name.split(separator: ".")
        if parts.count == 2, parts[0].count == 8, parts[0].allSatisfy(\.isHexDigit),
            parts[1].allSatisfy(\.isNumber)
        {
            return false
        }
        return [".pem", ".crt", ".cer", ".der"].contains { name.hasSuffix($0) }
    }

    private static func seen(_ one: Certificate, _ paths: [String]) -> Seen {
        var data: ValueMap = [
            "fingerprint": .text(one.fingerprint), "serial": .text(one.serial),
            "subject": .text(one.subject), "issuer": .text(one.issuer),
            "notBefore": .int(one.notBefore), "notAfter": .int(one.notAfter),
            "signature": .text(one.signature), "key": .text(one.key),
            "authority": .bool(one.isAuthority), "selfIssued": .bool(one.isSelfIssued),
            "path": .text(paths.first ?? ""), "paths": .list(paths.map { .text($0) }),
        ]
        data["commonName"] = .unlessEmpty(one.commonName)
        data["keyBits"] = one.keyBits.map { .int(Int64($0)) }
        data["usage"] = .unlessEmpty(one.usage)
        data["alternatives"] = .unlessEmpty(one.alternatives)
        data["subjectKey"] = one.subjectKey.map { .text($0) }
        data["authorityKey"] = one.authorityKey.map { .text($0) }
        return Seen(Kind.certificate, subjectName(one.fingerprint), data)
    }
}
