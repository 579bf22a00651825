import Resources
import Trust

@testable import Reproduction

/// The description of Docs/Formats/description.md.
enum Sample {
    static let hello = Blob(of: Array("hello\n".utf8))
    static let manifest = Blob(of: Array("manifest".utf8))
    static let kernel = Blob(of: Array("kernel".utf8))

    static let files: [Description.File] = [
        .init("pisces", mode: 0o755, .directory),
        .init("pisces/bin", mode: 0o755, .directory),
        .init("pisces/bin/hello", mode: 0o755, .file(hello)),
        .init("pisces/latest", mode: 0o777, .symlink("bin/hello")),
    ]

    static let boot = Description.Boot(
        kernel: kernel, program: Blob(of: Array("program".utf8)),
        loader: Blob(of: Array("loader".utf8)), stub: Blob(of: Array("stub".utf8)),
        guardian: Blob(of: Array("guard".utf8)), commandLine: ["console=ttyS0", "panic=2"])

    static func namespace(_ path: String) throws -> Namespace { try Namespace(path) }

    static func app(
        _ name: String = "hello", version: String = "1.0.0", blobs: [Blob] = [manifest, hello],
        signature: [UInt8]? = nil
    ) throws -> Description.App {
        Description.App(
            namespace: .root, name: try ResourceName(name), version: version,
            bundle: manifest.digest, signature: signature, blobs: blobs)
    }

    static func resource(
        _ type: String = "config", _ name: String = "motd", in path: String = "/"
    ) throws -> Description.Heritable {
        Description.Heritable(
            type: try TypeName(type), namespace: try Namespace(path), name: try ResourceName(name),
            tags: ["tier": "front"], data: ["text": "welcome", "mode": 0o444])
    }

    static func origin(_ blob: Blob = kernel, package: String = "linux-image") -> Description.Origin
    {
        Description.Origin(
            blob.digest, package: package, version: "6.1.0-1", source: "linux 6.1.0-1",
            license: "GPL-2")
    }

    static func description(sequence: Int64 = 7) throws -> Description {
        try Description(
            sequence: sequence, architecture: .x86_64, files: files, boot: boot,
            modules: [.init("dm-verity.ko", Blob(of: Array("module".utf8)))], apps: [app()],
            images: [.init(manifest.digest, blobs: [manifest])], resources: [resource()],
            provenance: [origin()])
    }

    /// The failure of `body`; nil when it does not fail so.
    static func refusal(_ body: () throws -> Void) -> ReproductionError? {
        do { try body() } catch { return error as? ReproductionError }
        return nil
    }
}
