internal import Resources

/// Whether there is room for a volume, decided before anything is written.
struct VolumeSpace: Hashable, Sendable {
    /// Bytes free where it would be.
    var free: Int64
    /// Bytes of these that other volumes may still take: sparse images that are not full.
    var promised: Int64 = 0

    /// Bytes that nobody has been promised.
    var available: Int64 { max(0, free - max(0, promised)) }

    /// Refuses what does not fit.
    func check(_ asked: Int64, for operation: String, _ name: String) throws(DriverError) {
        guard asked > available else { return }
        let rest = promised > 0 ? " and not promised to other volumes" : ""
        throw DriverError(
            .exhausted, operation: operation, subject: name,
            cause: "volume too large: \(Self.text(asked)) asked, \(Self.text(available)) are free"
                + rest,
            remedy: "ask for less, or delete volumes and snapshots")
    }

    /// Bytes for people: `12 GiB`, `1.5 MiB`.
    static func text(_ bytes: Int64) -> String {
        let units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"]
        var unit = 0
        var scale: Int64 = 1
        while unit + 1 < units.count, bytes / scale >= 1024 {
            scale *= 1024
            unit += 1
        }
        let tenths = bytes / scale * 10 + bytes % scale * 10 / scale
        return tenths % 10 == 0 || unit == 0
            ? "\(tenths / 10) \(units[unit])" : "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }
}

extension VolumeRequest {
    /// Refuses what no machine could make.
    func check() throws(DriverError) {
        func refuse(_ cause: String, _ remedy: String) -> DriverError {
            DriverError(
                .unsupported, operation: "create", subject: printable(name), cause: cause,
                remedy: remedy)
        }
        guard !name.isEmpty, name.utf8.count <= Limits.nameBytes.value else {
            throw refuse(
                "its name has \(name.utf8.count) bytes",
                "name it in 1 to \(Limits.nameBytes.value) bytes")
        }
        let most = Int64(Limits.volumeBytes.value)
        guard size > 0, size <= most else {
            throw refuse(
                "a size of \(size) bytes", "ask for 1 byte to \(VolumeSpace.text(most))")
        }
        let least = Int64(Limits.loopVolumeBytes.value)
        guard device != .loop || size >= least else {
            throw refuse(
                "\(VolumeSpace.text(size)) are too few for a file system",
                "ask for \(VolumeSpace.text(least)) or more, or use driver directory")
        }
    }
}
