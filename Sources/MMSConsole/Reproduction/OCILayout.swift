internal import Drivers
internal import Host
internal import Reproduction
internal import Resources
internal import Trust

/// A folder in the form of an OCI image layout (image-spec 1.1) over content that is elsewhere.
enum OCILayout {
    /// Makes the folder for one image.
    static func make(
        _ path: String, of image: Description.Image, in copy: CopyDirectory, _ files: LinuxFiles
    ) throws(ProcessError) {
        let blobs = path + "/blobs/sha256"
        try files.makeFolder(blobs)
        var size: Int64 = 0
        for blob in image.blobs {
            let hex = blob.digest.hex
            try files.link(
                "\(blobs)/\(hex)", to: "\(copy.path)/blobs/\(hex.prefix(2))/\(hex.dropFirst(2))")
            if blob.digest == image.digest { size = blob.size }
        }
        try files.replace(
            path + "/oci-layout", with: Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8))
        try files.replace(path + "/index.json", with: index(image.digest, size: size))
    }

    private static func index(_ digest: ContentDigest, size: Int64) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("schemaVersion", Int64(2))
            writer.member(
                "manifests",
                .list([
                    [
                        "mediaType": "application/vnd.oci.image.manifest.v1+json",
                        "digest": .text(digest.description), "size": .int(size),
                    ]
                ]))
        }
        return writer.bytes
    }
}
