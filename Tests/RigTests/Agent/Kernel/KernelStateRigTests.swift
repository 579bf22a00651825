import Glibc
import Host
import Resources
import Synchronization
import Testing

@testable import MMSAgent

private func watching(
    _ picture: Picture, _ source: @escaping @Sendable () -> any LevelSource
) throws -> SensorGroup {
    let group = try SensorGroup(
        [{ LevelSensor(source(), on: LinuxKernel()) }], sweepInterval: nil
    ) { picture.take($0) }
    try group.start()
    let name = source().contract.name
    #expect(picture.reaches { $0.causes.count == 1 && $0.openGaps[name] == 0 })
    return group
}

private func settle(_ group: SensorGroup, _ picture: Picture) {
    let before = group.reports.first?.statistics.sweeps ?? 0
    group.sweep()
    #expect(picture.reaches { _ in (group.reports.first?.statistics.sweeps ?? 0) > before })
    #expect(group.reports.first?.statistics.drift == 0)
    #expect(picture.state.withLock { $0.faults } == [])
}

private func line(_ command: String) -> String {
    shell(command).split(separator: "\n").first.map { String($0) } ?? ""
}

private let isRoot = getuid() == 0
private let loadsModules = unsafe access("/proc/modules", F_OK) == 0

@Suite(.serialized) struct KernelStateRigTests {
    @Test(.enabled(if: isRoot)) func aSettingIsSeenWhenItIsWritten() throws {
        let picture = Picture()
        let group = try watching(picture) { SysctlSource() }
        defer { group.stop() }
        let name = "vm.min_slab_ratio"
        let before = line("sysctl -n \(name)")
        defer { _ = shell("sysctl -qw \(name)=\(before)") }
        let value = { (state: borrowing Picture.State) in
            state.subjects.values.first { $0.subject.name.text == name }?.data["value"]?.text
        }
        #expect(picture.reaches { value($0) == before })
        let other = before == "6" ? "7" : "6"
        _ = shell("sysctl -qw \(name)=\(other)")
        #expect(picture.reaches { value($0) == other })
        _ = shell("echo \(before) > /proc/sys/vm/min_slab_ratio")
        #expect(picture.reaches { value($0) == before })
        settle(group, picture)
        // The tool writes tabs where this has spaces, and settings this leaves out are not asked.
        let truth = shell("sysctl -a 2>/dev/null | tr '\\t' ' '").split(separator: "\n")
        var wrong: [String] = []
        let mine = picture.all("sysctl").mapValues { $0.data["value"]?.text ?? "" }
        #expect(mine.count > 300)
        for text in truth {
            guard let equals = text.firstRange(of: " = ") else { continue }
            let name = String(text[..<equals.lowerBound])
            guard let value = mine[name], value != "***" else { continue }
            let plain = text[equals.upperBound...].split(separator: " ").joined(separator: " ")
            // Of values with many lines the tool writes a line each.
            if !value.hasPrefix(plain), !value.contains(plain) { wrong.append("\(name): \(value)") }
        }
        #expect(wrong == [])
    }

    @Test func modulesAreWhatLsmodSays() throws {
        let picture = Picture()
        let group = try watching(picture) { ModuleSource() }
        defer { group.stop() }
        let mine = picture.all("kernel-module").filter { $0.value.data["state"] != "built-in" }
        let truth = shell("lsmod 2>/dev/null | tail -n +2 | awk '{print $1, $2}'").split(
            separator: "\n")
        let pairs = mine.map { "\($0.key) \($0.value.data["size"]?.int ?? 0)" }
        #expect(pairs.sorted() == truth.map { String($0) }.sorted())
        #expect(picture.all("kernel-module")["printk"]?.data["state"] == "built-in")
        if unsafe access("/proc/modules", F_OK) != 0 {
            #expect(group.reports.first?.contract.why.contains("loads no modules") == true)
        }
        settle(group, picture)
    }

    /// Needs a module that can be loaded: a kernel built without CONFIG_MODULES has none.
    @Test(.enabled(if: isRoot && loadsModules))
    func aModuleIsSeenToComeAndGo() throws {
        let picture = Picture()
        let group = try watching(picture) { ModuleSource() }
        defer { group.stop() }
        guard line("modprobe dummy && echo done") == "done" else { return }
        let has = { (state: borrowing Picture.State) in
            state.subjects.values.contains {
                $0.subject.name.text == "dummy" && $0.data["state"] == "live"
            }
        }
        #expect(picture.reaches { has($0) })
        _ = shell("modprobe -r dummy")
        #expect(picture.reaches { !has($0) })
        settle(group, picture)
    }

    @Test(.enabled(if: isRoot)) func swapIsSeenToComeAndGo() throws {
        let picture = Picture()
        let group = try watching(picture) { SwapSource() }
        defer { group.stop() }
        let image = line("mktemp")
        _ = shell("head -c 8388608 /dev/zero > \(image); chmod 600 \(image)")
        let device = line("losetup -f --show \(image)")
        defer { _ = shell("swapoff \(device) 2>/dev/null; losetup -d \(device); rm -f \(image)") }
        _ = shell("mkswap -q \(device) >/dev/null; swapon -p 3 \(device)")
        #expect(
            picture.reaches { state in state.subjects.keys.contains { $0.name.text == device } })
        let swap = try #require(picture.all("swap")[device])
        #expect(swap.data["priority"] == 3)
        #expect(swap.links["ON"] == [BlockSource.subject(String(device.dropFirst(5)))])
        let truth = shell("swapon --show=NAME,SIZE,PRIO --noheadings --bytes --raw").split(
            separator: "\n")
        let mine = picture.all("swap").map {
            "\($0.key) \($0.value.data["size"]?.int ?? 0) \($0.value.data["priority"]?.int ?? 0)"
        }
        #expect(mine.sorted() == truth.map { String($0) }.sorted())
        _ = shell("swapoff \(device)")
        #expect(
            picture.reaches { state in !state.subjects.keys.contains { $0.name.text == device } })
        settle(group, picture)
    }

    @Test(.enabled(if: isRoot)) func messagesOfTheKernelAreCounted() throws {
        let picture = Picture()
        let group = try watching(picture) { KernelLogSource() }
        defer { group.stop() }
        let count = { (state: borrowing Picture.State, level: String) in
            state.subjects.values.first?.data[level]?.int ?? -1
        }
        _ = shell("for i in 1 2 3; do echo '<5>pisces rig: notice' > /dev/kmsg; done")
        _ = shell("echo '<3>pisces rig: error' > /dev/kmsg")
        #expect(picture.reaches { count($0, "notice") >= 3 && count($0, "err") >= 1 })
        #expect(picture.all("kernel-log")["kernel"]?.data["lastError"]?.text == "pisces rig: error")
        // Chatter alone is told by the minute, not record by record.
        let told = picture.state.withLock { $0.history.count }
        _ = shell("for i in $(seq 50); do echo '<6>pisces rig: chatter' > /dev/kmsg; done")
        group.sweep()
        #expect(picture.reaches { count($0, "info") >= 50 })
        #expect(picture.state.withLock { $0.history.count } <= told + 3)
        #expect(group.reports.first?.statistics.drift == 0)
    }

    @Test func theKernelAndItsKeysAreWhatTheirFilesSay() throws {
        let picture = Picture()
        let group = try watching(picture) { KernelSource() }
        defer { group.stop() }
        let kernel = try #require(picture.all("kernel")["kernel"])
        #expect(kernel.data["release"]?.text == line("uname -r"))
        let words = shell("cat /proc/cmdline").split { $0 == " " || $0 == "\n" }
        #expect(kernel.data["arguments"]?.list?.count == words.count)
        #expect(kernel.data["tainted"]?.bool == (line("cat /proc/sys/kernel/tainted") != "0"))
        settle(group, picture)
        let keys = Picture()
        let other = try watching(keys) { KernelKeySource() }
        defer { other.stop() }
        let count = Int(line("wc -l < /proc/keys")) ?? 0
        #expect(count > 0)
        #expect(abs(keys.all("kernel-key").count - count) <= 2)
        for key in keys.all("kernel-key").values {
            #expect(key.data["description"]?.text?.hasSuffix(": empty") == false)
        }
    }

    /// Needs the right to make audit records, and auditing that is not locked.
    @Test(.enabled(if: isRoot && auditing != nil)) func aLoginThatFailedIsSeen() throws {
        let picture = Picture()
        let group = try watching(picture) { AuditSource() }
        defer { group.stop() }
        #expect(picture.all("audit")["audit"]?.data["enabled"] != nil)
        let before = auditing?.enabled ?? 0
        try #require(enable(1))
        defer { _ = enable(before) }
        let text =
            "op=login acct=\"pisces-rig\" exe=\"/usr/sbin/sshd\" hostname=? addr=192.0.2.7 "
            + "terminal=ssh res=failed"
        for _ in 0..<5 {
            let body = Array(text.utf8) + [0]
            let outcome = LinuxKernel().ask(9, message(1112, body)) { _ in }
            #expect(outcome == .complete)
        }
        let event = { (state: borrowing Picture.State) in
            state.subjects.values.first { $0.data["account"] == "pisces-rig" }?.data
        }
        #expect(picture.reaches { event($0) != nil })
        group.sweep()
        #expect(picture.reaches { event($0)?["count"] == 5 })
        let seen = picture.state.withLock { event($0) }
        #expect(seen?["kind"] == "USER_LOGIN" && seen?["result"] == "failed")
        #expect(seen?["address"] == "192.0.2.7" && seen?["pid"]?.int == Int64(getpid()))
        #expect(group.reports.first?.statistics.drift == 0)
    }
}

/// A netlink request that wants an acknowledgement.
private func message(_ type: UInt16, _ body: [UInt8]) -> [UInt8] {
    let length = UInt32(16 + body.count)
    let words: [UInt32] = [length, UInt32(type) | 0x5 << 16, 1, 0]
    return words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
        + body
}

private var auditing: AuditStatus? {
    var status: AuditStatus?
    _ = LinuxKernel().ask(9, once: message(1000, [])) { status = AuditStatus($0) }
    return status?.enabled == 2 ? nil : status
}

/// Sets whether the kernel audits: mask AUDIT_STATUS_ENABLED, then the value.
private func enable(_ value: UInt32) -> Bool {
    var body = [UInt8](repeating: 0, count: 40)
    body[0] = 1
    body[4] = UInt8(value)
    return LinuxKernel().ask(9, message(1001, body)) { _ in } == .complete
}
