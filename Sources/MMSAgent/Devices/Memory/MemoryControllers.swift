internal import Host
internal import Resources

/// Controllers of memory that correct errors and count them, as the kernel's EDAC drivers show
/// them (Documentation/admin-guide/RAS/main.rst).
enum MemoryControllers {
    private static let folder = "/sys/devices/system/edac/mc"

    /// All of them; none where the memory corrects nothing or no driver knows the controller. A
    /// module that is labelled as its slot is in SMBIOS is that one.
    static func read(_ kernel: any Kernel, _ structures: [SMBIOS.Structure]) -> [Seen] {
        var slots: [String: [SMBIOS.Structure]] = [:]
        for one in structures where one.type == 17 {
            guard let locator = one.text(16) else { continue }
            slots[locator, default: []].append(one)
            // The driver for errors that the firmware reports labels by bank and locator.
            if let bank = one.text(17) { slots["\(bank) \(locator)", default: []].append(one) }
        }
        return (kernel.list(folder) ?? []).compactMap { name in
            guard var one = seen(name, "\(folder)/\(name)", kernel) else { return nil }
            let labels = (one.data["modules"]?.list ?? []).compactMap { $0.map?["label"]?.text }
            let modules = labels.compactMap { slots[$0]?.count == 1 ? slots[$0]?.first : nil }
            one.links["HAS"] = modules.map {
                Observation.Subject(
                    type: Kind.memoryModule, name: subjectName(SMBIOS.name($0.handle)))
            }
            return one
        }
    }

    private static func seen(_ name: String, _ path: String, _ kernel: any Kernel) -> Seen? {
        guard name.hasPrefix("mc"), let corrected = kernel.number("\(path)/ce_count"),
            let uncorrected = kernel.number("\(path)/ue_count")
        else { return nil }
        var data: ValueMap = [
            "corrected": .int(corrected), "uncorrected": .int(uncorrected),
            "modules": .list(modules(path, kernel)),
        ]
        let model = kernel.attribute("\(path)/mc_name")
        data.set("model", model)
        data.set("memory", kernel.number("\(path)/size_mb").flatMap(bytes))
        data.set("correctedUnplaced", kernel.number("\(path)/ce_noinfo_count"))
        data.set("uncorrectedUnplaced", kernel.number("\(path)/ue_noinfo_count"))
        return Seen(
            subject: Observation.Subject(type: Kind.memoryController, name: subjectName(name)),
            identity: "\(name):\(model ?? "")", data: data)
    }

    private static func bytes(mebibytes: Int64) -> Int64? {
        let (bytes, isTooMuch) = mebibytes.multipliedReportingOverflow(by: 1 << 20)
        return isTooMuch ? nil : bytes
    }

    /// Its modules; a driver that cannot tell them apart shows the ranks they consist of.
    private static func modules(_ path: String, _ kernel: any Kernel) -> [Value] {
        let entries = (kernel.list(path) ?? []).filter {
            $0.hasPrefix("dimm") || $0.hasPrefix("rank")
        }
        return entries.map { entry in
            let text = { (field: String) in kernel.attribute("\(path)/\(entry)/\(field)") }
            let number = { (field: String) in kernel.number("\(path)/\(entry)/\(field)") }
            var one: ValueMap = ["name": .text(entry)]
            one.set("label", text("dimm_label"))
            one.set("location", text("dimm_location"))
            one.set("size", number("size").flatMap(bytes))
            one.set("technology", text("dimm_mem_type"))
            one.set("width", text("dimm_dev_type"))
            one.set("errorCorrection", text("dimm_edac_mode"))
            one.set("corrected", number("dimm_ce_count"))
            one.set("uncorrected", number("dimm_ue_count"))
            return .map(one)
        }
    }
}
