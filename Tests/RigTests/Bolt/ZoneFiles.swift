internal import FoundationEssentials

/// The time zones of this machine.
enum ZoneFiles {
    /// The file of a zone (RFC 8536); nil when there is none of that name.
    static func bytes(of zone: String) -> [UInt8]? {
        let parts = zone.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty && !$0.hasPrefix(".") }) else { return nil }
        return FileManager.default.contents(atPath: "/usr/share/zoneinfo/" + zone).map(Array.init)
    }
}
