public import Resources
public import Trust

/// An app with all its files, known by the digest of its manifest.
public struct Bundle: Hashable, Sendable {
    /// What it consists of.
    public let manifest: BundleManifest
    /// The digest of the manifest.
    public let digest: ContentDigest
    /// The signature of the manifest's signer; nil when it has none.
    public let signature: Signature?

    /// A bundle of the manifest that `bytes` encode; a signature has to be the signer's.
    public init(_ bytes: [UInt8], signature: Signature?) throws(BundleError) {
        manifest = try BundleManifest(bytes)
        digest = ContentDigest(of: bytes)
        self.signature = signature
        guard let signer = manifest.signer else {
            guard signature == nil else { throw refusal("a signature, but no signer") }
            return
        }
        guard let signature else { throw refusal("a signer, but no signature") }
        do throws(TrustError) {
            try signer.verify(signature, of: digest, as: .bundle)
        } catch {
            throw BundleError(
                .damaged, operation: "verify", subject: manifest.title, cause: error.cause,
                remedy: error.remedy)
        }
    }

    /// The fields of the resource of type `app` that runs from the bundle unpacked at `place`.
    public func app(at place: String) -> ValueMap {
        var data = manifest.data
        let inner = data["directory"]?.text.map { "/" + $0 } ?? ""
        data["directory"] = .text(place + inner)
        data["bundle"] = .bytes(digest.bytes)
        return data
    }

    /// The fields of the resource of type `bundle`, whose name is `<app>-<version>`.
    public var data: ValueMap {
        var map: ValueMap = [
            "digest": .bytes(digest.bytes), "app": .text(manifest.app),
            "version": .text(manifest.version), "size": .int(Int64(manifest.size)),
            "files": .list(manifest.files.map { .text($0.path) }),
        ]
        map["signer"] = manifest.signer.map { .bytes($0.bytes) }
        map["signature"] = signature.map { .bytes($0.bytes) }
        return map
    }

    private func refusal(_ cause: String) -> BundleError {
        BundleError(
            .damaged, operation: "verify", subject: manifest.title, cause: "it has " + cause,
            remedy: "get it again from who made it")
    }
}

/// Whose bundles an operator takes.
public struct BundleTrust: Hashable, Sendable {
    /// The keys that were accepted.
    public var accepted: [SignerKey]
    /// True when unsigned bundles and those of unknown signers are taken too.
    public var takesAny: Bool

    /// Takes bundles of these signers; of anyone when told.
    public init(accepted: [SignerKey], takesAny: Bool = false) {
        self.accepted = accepted
        self.takesAny = takesAny
    }

    /// Refuses a bundle nobody known vouches for.
    public func check(_ bundle: Bundle) throws(BundleError) {
        if takesAny { return }
        guard let signer = bundle.manifest.signer else {
            throw refusal(
                bundle, "nobody signed it",
                "let its maker sign it, or take it as it is with --untrusted")
        }
        guard accepted.contains(signer) else {
            throw refusal(
                bundle, "its signer \(signer.fingerprint) is not accepted here",
                "accept the key \(signer) when it is its maker's, or take it with --untrusted")
        }
    }

    private func refusal(_ bundle: Bundle, _ cause: String, _ remedy: String) -> BundleError {
        BundleError(
            .untrusted, operation: "take", subject: bundle.manifest.title, cause: cause,
            remedy: remedy)
    }
}
