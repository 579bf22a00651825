internal import Bus
internal import Drivers
internal import Host
internal import Resources

/// What a node says of how the log of its fleet was founded anew (Docs/Formats/forward.md).
struct FoundingForm: Equatable {
    static let version: UInt64 = 1

    /// The cluster that orders the log now; empty while it is in files.
    var cluster: String
    /// How it was founded anew last; nil when it never was.
    var latest: Refounded?

    /// `[1, cluster, founding or null]`.
    var bytes: [UInt8] {
        var writer = CBORWriter()
        writer.beginList(3)
        writer.write(unsigned: Self.version)
        writer.write(cluster)
        if let latest { Self.write(latest, to: &writer) } else { writer.writeNull() }
        return writer.bytes
    }

    init(cluster: String, latest: Refounded?) {
        self.cluster = cluster
        self.latest = latest
    }

    /// Reads the form.
    init(bytes: [UInt8]) throws(BusError) {
        self = try EntryForm.reading(bytes, "a founding") { (reader) throws(CBORError) in
            try reader.expectList(3)
            guard try reader.readUnsigned() == Self.version else { return nil }
            let cluster = try reader.readText()
            if reader.skipNull() { return FoundingForm(cluster: cluster, latest: nil) }
            guard let latest = try Self.founding(&reader) else { return nil }
            return FoundingForm(cluster: cluster, latest: latest)
        }
    }

    /// `[position, chain hash, epoch, machine, cluster, [lost machine …], who]`.
    private static func write(_ founding: Refounded, to writer: inout CBORWriter) {
        writer.beginList(7)
        writer.write(unsigned: founding.from.rawValue)
        writer.write(bytes: founding.chain)
        writer.write(unsigned: founding.epoch)
        writer.write(founding.machine.text)
        writer.write(founding.cluster)
        writer.beginList(founding.lost.count)
        for machine in founding.lost { writer.write(machine.text) }
        writer.write(founding.by)
    }

    private static func founding(_ reader: inout CBORReader) throws(CBORError) -> Refounded? {
        try reader.expectList(7)
        let from = Position(try reader.readUnsigned())
        let chain = try reader.readBytes()
        let epoch = try reader.readUnsigned()
        let machine = try? ResourceName(try reader.readText())
        let cluster = try reader.readText()
        let lost = try reader.readList { (reader) throws(CBORError) in
            try? ResourceName(try reader.readText())
        }
        let by = try reader.readText()
        guard let machine, !lost.contains(nil) else { return nil }
        return Refounded(
            from: from, chain: chain, epoch: epoch, machine: machine, cluster: cluster,
            lost: lost.compactMap(\.self), by: by)
    }
}

/// A founding in a file of the state directory, in the form of the bus.
enum FoundingFile: String {
    /// One that this machine is about to carry out.
    case intended = "founding"
    /// One that left this machine behind.
    case leftBehind = "left-behind"

    func path(_ directory: String) -> String { directory + "/bus/" + rawValue }

    /// What the file says; nil when it is not there.
    func read(_ directory: String) throws(NodeError) -> Refounded? {
        let path = path(directory)
        let bytes: [UInt8]?
        do throws(ProcessError) {
            bytes = try LinuxFiles().read(path, atMost: Limits.passBytes.value)
        } catch { throw NodeError(error.operation, path, error.cause) }
        guard let bytes else { return nil }
        do throws(BusError) {
            if let founding = try FoundingForm(bytes: bytes).latest { return founding }
        } catch { throw NodeError("read", path, error.cause, remedy: "restore it from a copy") }
        throw NodeError("read", path, "it names no founding", remedy: "restore it from a copy")
    }

    /// Writes the file, or removes it.
    func write(_ founding: Refounded?, _ directory: String) throws(NodeError) {
        let path = path(directory)
        do throws(ProcessError) {
            guard let founding else { return try LinuxFiles().remove(path) }
            try LinuxFiles().makeFolder(directory + "/bus")
            try LinuxFiles().replace(
                path, with: FoundingForm(cluster: "", latest: founding).bytes, mode: 0o600)
        } catch { throw NodeError(error.operation, path, error.cause) }
    }
}
