import Host
import Resources
import Testing

@testable import Drivers

@Suite struct GuestTests {
    private func guest(
        _ name: String = "try-it", memory: Int? = nil, processors: Int? = nil,
        console: String? = "127.0.0.1:7201"
    ) throws -> Guest {
        try Guest(
            try ResourceName(name), memory: memory, processors: processors, console: console)
    }

    private func refusal(_ body: () throws -> Void) -> DriverError? {
        do { try body() } catch { return error as? DriverError }
        return nil
    }

    @Test func aGuestReachesNothingAndIsReachedAtItsConsoleAlone() throws {
        let folder = GuestFolder(path: "/p/guests/try-it")
        let words = try guest(memory: 256, processors: 2).arguments(
            folder, firmware: "/f", acceleration: ["kvm", "tcg"])
        let text = words.joined(separator: " ")
        #expect(text.contains("-m 256 -smp 2 "))
        #expect(
            text.contains(
                "-netdev user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:7201-:7117 "))
        #expect(words.count { $0.hasPrefix("user,") } == 1)
        #expect(text.contains("file=/p/guests/try-it/disk "))
        #expect(text.contains("-display none"))
        #expect(text.hasSuffix("-accel kvm -accel tcg"))
    }

    @Test func whereTheProcessorsHelpFailsAllIsEmulated() throws {
        let root = "/tmp/pisces-guests-\(LinuxEntropy().identifier(at: LinuxClock().now))"
        defer { try? LinuxFiles().remove(root) }
        let driver = try GuestDriver.linux(
            root: root, clock: LinuxClock(), entropy: LinuxEntropy())
        driver.learn(from: "qemu-system-x86_64: could not open disk image: No such file")
        #expect(driver.acceleration == ["kvm", "tcg"])
        driver.learn(from: "../../target/i386/kvm/kvm.c:3183: kvm_buf_set_msrs: Assertion failed")
        #expect(driver.acceleration == ["tcg"])
    }

    @Test func aGuestWithAWireHasThatNetworkAndItsTicketAlone() throws {
        let wire = try GuestWire(host: "10.98.0.1/30", bus: "10.98.0.2:7118")
        let guest = try Guest(
            try ResourceName("a-machine-with-a-long-name"), memory: nil, processors: nil,
            console: nil, wire: wire)
        #expect("\(guest.console)" == "10.98.0.2:7117")
        #expect(wire.network == ["address": "10.98.0.2/30", "gateway": "10.98.0.1"])
        let text = guest.arguments(
            GuestFolder(path: "/p/g"), firmware: "/f", acceleration: ["tcg"]
        ).joined(separator: " ")
        #expect(!text.contains("user,"))
        #expect(
            text.contains("-netdev tap,id=net,ifname=\(wire.interface(of: guest.name)),script=no"))
        #expect(text.contains("readonly=on,file=/p/g/ticket"))
        #expect(wire.interface(of: guest.name).utf8.count <= 15)
        #expect(wire.hardware(of: guest.name).utf8.count == 17)
        #expect(wire.interface(of: guest.name) != wire.interface(of: try ResourceName("another")))
    }

    @Test(arguments: [
        ("10.98.0.1", "10.98.0.2:7118"), ("10.98.0.1/31", "10.98.0.2:7118"),
        ("10.98.0.1/7", "10.98.0.2:7118"), ("fd00::1/64", "10.98.0.2:7118"),
        ("10.98.0.1/30", "10.98.0.2"), ("10.98.0.1/30", "10.98.0.2:0x1"),
        ("10.98.0.1/30", "10.98.0.1:7118"), ("10.98.0.1/30", "10.98.0.5:7118"),
        ("10.98.0.1/30", "[fd00::2]:7118"), ("", ""),
    ])
    func aWireIsBetweenNeighbours(host: String, bus: String) {
        #expect(refusal { _ = try GuestWire(host: host, bus: bus) }?.kind == .invalid)
    }

    @Test func whatIsNotSaidIsSmall() throws {
        let guest = try guest()
        #expect(guest.memory == 512)
        #expect(guest.processors == 1)
    }

    @Test(arguments: [
        nil, "", "7201", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "localhost:7201",
        "[::1]:7201", "127.0.0.1:7201-:22", "127.0.0.1:7201,guestfwd=x", ":7201",
    ])
    func aConsoleIsAnAddressAndAPortAndNothingBehindIt(console: String?) {
        #expect(refusal { _ = try guest(console: console) }?.kind == .invalid)
    }

    @Test func amountsOutOfRangeAndNamesWithMoreThanLettersAreRefused() {
        for memory in [-1, 0, 127, 1_048_577, .max] {
            #expect(refusal { _ = try guest(memory: memory) }?.kind == .invalid)
        }
        for processors in [-1, 0, 65] {
            #expect(refusal { _ = try guest(processors: processors) }?.kind == .invalid)
        }
        #expect(refusal { _ = try guest("a.b") }?.kind == .invalid)
    }

    @Test func aFolderThatQemuWouldReadAsMoreIsRefused() {
        #expect(GuestFolder(path: "/p,file=/etc/shadow").flaw == "has a comma")
        #expect(
            GuestFolder(path: "/" + String(repeating: "a", count: 100)).flaw
                == "is too long for a socket")
        #expect(GuestFolder(path: "/var/lib/pisces/guests/try-it").flaw == nil)
    }

    @Test func aScreenSaysTheLastItShowed() {
        let digest = String(repeating: "ab", count: 32)
        let screen = GuestScreen(
            "\r\nPISCES  one  starting\r\n  generation   \(digest)  slot a\r\nPISCES  one  ready\r\n"
        )
        #expect(screen.state == "ready")
        #expect(screen.generation == digest)
        let noise = GuestScreen("generation abc\nPISCES\ngeneration \(digest.uppercased())\n\u{0}")
        #expect(noise == GuestScreen(""))
    }
}

/// Guests whose qemu is a program that only waits.
@Suite struct GuestDriverTests {
    private struct Ground {
        let path: String
        let files = LinuxFiles()
        let name: ResourceName

        init() throws {
            path = "/tmp/pg-\(LinuxEntropy().identifier(at: LinuxClock().now))"
            name = try ResourceName("try-it")
            try files.makeFolder(path)
            try files.replace(path + "/code", with: [1])
            try files.replace(path + "/variables", with: [2])
        }

        func driver() throws -> GuestDriver<LinuxProcesses> {
            try .linux(root: path + "/g", clock: LinuxClock(), entropy: LinuxEntropy())
        }

        var firmware: GuestFirmware {
            GuestFirmware(code: path + "/code", variables: path + "/variables")
        }

        func program(_ text: String) throws -> String {
            try files.replace(
                path + "/qemu", with: Array("#!/bin/sh\n\(text)\n".utf8), mode: 0o755)
            return path + "/qemu"
        }

        func guest() throws -> Guest {
            try Guest(name, memory: nil, processors: nil, console: "127.0.0.1:7201")
        }

        /// Until the life of the guest is what it shall be; nil when it does not become that.
        func awaited(
            _ driver: GuestDriver<LinuxProcesses>,
            _ isIt: (GuestDriver<LinuxProcesses>.Life) -> Bool
        ) throws -> GuestDriver<LinuxProcesses>.Life? {
            for _ in 0..<2000 {
                let life = try driver.life(of: name)
                if isIt(life) { return life }
                LinuxSystem.pause(milliseconds: 5)
            }
            return nil
        }
    }

    private func onGround(_ body: (Ground) throws -> Void) throws {
        let ground = try Ground()
        defer { try? ground.files.remove(ground.path) }
        try body(ground)
    }

    /// A life of the driver that starts a guest; its own ends with this call.
    private func beginLife(_ ground: Ground) throws -> Int32 {
        let driver = try ground.driver()
        _ = try driver.beginDisk(of: ground.name)
        #expect(try driver.life(of: ground.name) == .none)
        let qemu = try ground.program("exec sleep 1000")
        let pid = try driver.start(try ground.guest(), qemu: qemu, firmware: ground.firmware)
        #expect(try driver.life(of: ground.name) == .runs(pid: pid))
        #expect(
            try driver.start(try ground.guest(), qemu: qemu, firmware: ground.firmware) == pid)
        return pid
    }

    @Test func aGuestOutlivesItsDriverAndIsFoundAndStopped() throws {
        try onGround { ground in
            let pid = try beginLife(ground)
            let second = try ground.driver()
            #expect(try second.life(of: ground.name) == .runs(pid: pid))
            #expect(throws: DriverError.self) { try second.erase(ground.name) }
            #expect(try second.stop(ground.name) == false)
            let ended = try ground.awaited(second) { if case .ended = $0 { true } else { false } }
            #expect(ended != nil)
            #expect(try second.stop(ground.name))
            try second.forget(ground.name)
            #expect(try second.life(of: ground.name) == .none)
            try second.erase(ground.name)
            #expect(ground.files.kind(ground.path + "/g/try-it") == nil)
        }
    }

    @Test func oneThatEndsByItselfSaysHow() throws {
        try onGround { ground in
            let driver = try ground.driver()
            _ = try driver.beginDisk(of: ground.name)
            let qemu = try ground.program("echo Could not set up host forwarding rule >&2; exit 1")
            _ = try driver.start(try ground.guest(), qemu: qemu, firmware: ground.firmware)
            let ended = try ground.awaited(driver) { if case .ended = $0 { true } else { false } }
            // Who looks before the watcher has written it does not learn the status.
            #expect(ended == .ended("exit 1") || ended == .ended("unknown status"))
            #expect(
                try driver.lastWords(of: ground.name) == "Could not set up host forwarding rule")
        }
    }

    @Test func aDiskIsThereOnlyWhenItWasFinished() throws {
        try onGround { ground in
            let driver = try ground.driver()
            #expect(try driver.source(of: ground.name) == nil)
            let disk = try driver.beginDisk(of: ground.name)
            try ground.files.replace(disk, with: [1, 2, 3])
            #expect(try driver.source(of: ground.name) == nil)
            let again = try driver.beginDisk(of: ground.name)
            #expect(ground.files.kind(again) == nil)
            try ground.files.replace(ground.path + "/image", with: [4, 5])
            try driver.copyDisk(ground.path + "/image", to: again)
            try driver.finishDisk(of: ground.name, source: ground.path + "/image")
            #expect(try driver.source(of: ground.name) == ground.path + "/image")
            #expect(try ground.files.read(disk, atMost: 10) == [4, 5])
            #expect(throws: DriverError.self) {
                try driver.copyDisk("image", to: ground.path + "/x")
            }
            #expect(throws: DriverError.self) {
                try driver.copyDisk(ground.path, to: ground.path + "/x")
            }
        }
    }

    @Test func aScreenThatGrowsWithoutEndIsCut() throws {
        try onGround { ground in
            let driver = try ground.driver()
            _ = try driver.beginDisk(of: ground.name)
            let serial = ground.path + "/g/try-it/serial"
            try ground.files.replace(serial, with: Array("PISCES one ready\n".utf8))
            #expect(GuestScreen(try driver.screen(of: ground.name)).state == "ready")
            try ground.files.replace(
                serial, with: [UInt8](repeating: 65, count: Limits.guestSerial.value + 1))
            #expect(try driver.screen(of: ground.name) == "")
            #expect(try ground.files.read(serial, atMost: 10) == [])
        }
    }

    @Test func aMissingQemuIsNamed() throws {
        try onGround { ground in
            let driver = try ground.driver()
            _ = try driver.beginDisk(of: ground.name)
            #expect(throws: DriverError.self) {
                _ = try driver.start(
                    try ground.guest(), qemu: "no-such-qemu", firmware: ground.firmware)
            }
            #expect(try driver.life(of: ground.name) == .none)
        }
    }
}
