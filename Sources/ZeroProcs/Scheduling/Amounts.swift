/// Numbers as people read them in reasons.
enum Amount {
    private static let units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"]

    /// `64 MiB`, `1.5 GiB`, `12 bytes`: down to the next tenth.
    static func bytes(_ count: Int64) -> String {
        var (scale, unit): (Int64, Int) = (1, 0)
        while unit + 1 < units.count, count / scale >= 1024 {
            scale *= 1024
            unit += 1
        }
        return "\(tenths(count, scale)) \(units[unit])"
    }

    /// What is needed and what is free, in words that differ.
    static func bytes(need: Int64, free: Int64) -> (need: String, free: String) {
        let (left, right) = (bytes(need), bytes(max(0, free)))
        return left == right ? ("\(need) bytes", "\(max(0, free)) bytes") : (left, right)
    }

    /// `0.25`, `2`: cores from millionths.
    static func cores(_ millionths: Int64) -> String {
        var fraction = String(millionths % 1_000_000 + 1_000_000).dropFirst()
        while fraction.last == "0" { fraction.removeLast() }
        return "\(millionths / 1_000_000)" + (fraction.isEmpty ? "" : ".\(fraction)")
    }

    private static func tenths(_ count: Int64, _ scale: Int64) -> String {
        let tenth = (count % scale) * 10 / scale
        return "\(count / scale)" + (tenth == 0 ? "" : ".\(tenth)")
    }
}
