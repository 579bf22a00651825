internal import Bus
internal import Resources

/// How one machine tells another of its member of etcd, in canonical CBOR: a list of kind of data,
/// member, running, version, wish to start again.
enum MemberReportForm {
    static func encode(_ report: MachineReport) -> [UInt8] {
        var writer = CBORWriter()
        writer.beginList(5)
        switch report.data {
        case .none: writer.write(Int64(0))
        case .member: writer.write(Int64(1))
        case .other: writer.write(Int64(2))
        }
        if case .member(let id?) = report.data {
            writer.write(unsigned: id)
        } else {
            writer.writeNull()
        }
        writer.write(Int64(report.isRunning ? 1 : 0))
        writer.write(report.installed?.description ?? "")
        writer.write(report.wantsRestart ?? "")
        return writer.bytes
    }

    static func decode(_ bytes: [UInt8]) throws(BusError) -> MachineReport {
        do throws(CBORError) {
            var reader = CBORReader(bytes)
            try reader.expectList(5)
            let kind = try reader.readInt()
            let id = reader.skipNull() ? nil : try reader.readUnsigned()
            let isRunning = try reader.readInt() == 1
            let installed = EtcdVersion(try reader.readText())
            let wish = try reader.readText()
            try reader.finish()
            let data: MachineReport.Data = kind == 1 ? .member(id) : kind == 2 ? .other : .none
            return MachineReport(
                data: data, isRunning: isRunning, installed: installed,
                wantsRestart: wish.isEmpty ? nil : wish)
        } catch {
            throw BusError(
                .malformed, operation: "read", subject: "a report of a member of etcd",
                cause: "at byte \(error.offset) \(error.reason.rawValue)",
                remedy: "run the same version of Pisces on both machines")
        }
    }
}
