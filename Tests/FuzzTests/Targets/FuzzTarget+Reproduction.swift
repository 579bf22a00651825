internal import Reproduction
internal import Trust

extension FuzzTarget {
    /// Descriptions, releases and certificates: what is read is written as it came, and all that
    /// is named stays inside.
    @Sendable static func description(_ input: [UInt8]) -> String? {
        if let description = try? Description(input) {
            if description.encoded != input { return "a description is written otherwise" }
            if description.digest != ContentDigest(of: input) { return "its digest differs" }
            for file in description.files where isOutside(file.path) {
                return "a path leads outside"
            }
            for module in description.modules where isOutside(module.path) {
                return "a module's path leads outside"
            }
        }
        if let release = try? Release(input), release.encoded != input {
            return "a release is written otherwise"
        }
        if let lineage = try? Lineage(input), lineage.encoded != input {
            return "a certificate is written otherwise"
        }
        return nil
    }

    private static func isOutside(_ path: String) -> Bool {
        let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return parts.contains { part in
            part.isEmpty || part.elementsEqual("..".utf8) || part.contains(0)
        }
    }
}
