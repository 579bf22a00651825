import Host
import Resources
import Testing

@testable import MMSAgent

struct AttributeTests {
    private let kernel = SimulatedKernel()

    @Test(arguments: [
        ([1, 0, 0, 2, 0, 0x20, 0, 0] + [UInt8](repeating: 0, count: 12), "cap_net_raw=ep"),
        ([0, 0, 0, 1, 1, 0, 0, 0, 2, 0, 0, 0], "cap_dac_override=i cap_chown=p"),
        (
            [1, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0x80, 0, 0, 0x80]
                + [UInt8](repeating: 0, count: 8),
            "cap_chown,cap_dac_override,cap_bpf,63=ep"
        ),
    ])
    func capabilitiesAreToldInWords(_ bytes: [UInt8], _ text: String) {
        #expect(FileCapabilities.text(bytes) == text)
    }

    @Test func aMalformedCapabilityIsNone() {
        for count in 0..<12 {
            #expect(FileCapabilities.text([UInt8](repeating: 1, count: count)) == nil)
        }
        #expect(FileCapabilities.text([0, 0, 0, 9] + [UInt8](repeating: 0, count: 20)) == nil)
    }

    @Test func aFileHasTheNamesOfItsAttributesButNotTheirValues() throws {
        kernel.write("/usr/bin/ping", "x")
        let value: [UInt8] = [1, 0, 0, 2, 0, 0x20, 0, 0] + [UInt8](repeating: 0, count: 12)
        kernel.fileAttributes["/usr/bin/ping"] = [
            "security.capability": value, "user.secret": Array("secret".utf8),
        ]
        let record = try #require(FileRecord("/usr/bin/ping", kernel))
        let data = record.data(OwnerNames())
        #expect(data["capabilities"]?.text == "cap_net_raw=ep")
        #expect(data["attributes"]?.list?.map(\.text) == ["security.capability", "user.secret"])
        #expect(!"\(data)".contains("text(\"secret\")"))
        kernel.fileAttributes = [:]
        let after = try #require(FileRecord("/usr/bin/ping", kernel))
        #expect(after.marks().announced != record.marks().announced)
    }

    @Test func listsOfSignaturesGiveTheirCertificatesAndNothingFromDamage() throws {
        let pem = ConfigurationTests.somePEM
        let body = pem.split(separator: "\n").filter { !$0.hasPrefix("-") }.joined()
        let one = try #require(Base64.decode(body))
        let guid: [UInt8] = [
            0xA1, 0x59, 0xC0, 0xA5, 0xE4, 0x94, 0xA7, 0x4A, 0x87, 0xB5, 0xAB, 0x15, 0x5C, 0x2B,
            0xF0, 0x72,
        ]
        let word = { (value: Int) in (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
        // A digest first, as dbx has them.
        var list: [UInt8] = [7, 0, 0, 0] + [UInt8](repeating: 3, count: 16) + word(76) + word(0)
        list += word(48) + [UInt8](repeating: 9, count: 48)
        list += guid + word(28 + 16 + one.count) + word(0) + word(16 + one.count)
        list += [UInt8](repeating: 1, count: 16) + one
        #expect(SignatureList.certificates(list).map(\.fingerprint).count == 1)
        for count in stride(from: 0, to: list.count, by: 7) {
            #expect(SignatureList.certificates(Array(list.prefix(count))).isEmpty)
        }
        let db = try #require(SignatureList.stores.first)
        kernel.write(db.path, bytes: list)
        kernel.write("/etc/ssl/certs/a.pem", pem)
        var picture = Sightings()
        let sensor = LevelSensor(CertificateSource(), on: kernel)
        picture.turn(sensor) { $0.start(&$1) }
        let print = try #require(SignatureList.certificates(list).first).fingerprint
        let seen = try #require(picture["certificate", print])
        #expect(seen.data["stores"]?.list?.map(\.text) == ["db"])
        #expect(seen.data["paths"]?.list?.map(\.text) == ["/etc/ssl/certs/a.pem", db.path])
    }

    @Test func skillsPluginsAndScriptsAreExtensions() throws {
        kernel.write("/etc/passwd", "me:x:1000:1000::/home/me:/bin/sh\n")
        let home = "/home/me"
        kernel.write(
            "\(home)/.claude/skills/pdf/SKILL.md",
            "---\nname: pdf\ndescription: \"Reads PDF\"\nallowed-tools: Read, Bash\n---\nname: no\n"
        )
        kernel.write("\(home)/.claude/skills/none/SKILL.md", "name: x\n")
        kernel.write("\(home)/.codex/skills/open/SKILL.md", "---\nname: open\n")
        let product = "\(home)/.local/share/JetBrains/GoLand2024.1"
        kernel.write("\(product)/ideavim/lib/other-9.jar", "")
        kernel.write("\(product)/ideavim/lib/IdeaVim-2.10.0.jar", "")
        kernel.write("\(product)/system/x", "")
        kernel.write(
            "\(home)/.config/chromium/Default/Extensions/abc/1.0/manifest.json",
            #"{"version":"1.0","name":"A","content_scripts":[{"js":["a.js","b.js"],"#
                + #""matches":["*://x/*"]},{"js":["c.js"]},7]}"#)
        var picture = Sightings()
        let sensor = LevelSensor(ExtensionSource(), on: kernel)
        picture.turn(sensor) { $0.start(&$1) }
        let skill = try #require(picture["extension", "me claude pdf"])
        #expect(skill.data["kind"]?.text == "agent skill")
        #expect(skill.data["description"]?.text == "Reads PDF")
        #expect(skill.data["permissions"]?.list?.map(\.text) == ["Read", "Bash"])
        let plugin = try #require(picture["extension", "me jetbrains GoLand2024.1 ideavim"])
        #expect(plugin.data["version"]?.text == "2.10.0")
        let scripts = try #require(picture["extension", "me chromium Default abc"])
        #expect(scripts.data["scripts"]?.list?.map(\.text) == ["a.js", "b.js"])
        #expect(scripts.data["matches"]?.list?.map(\.text) == ["*://x/*", "*://x/*"])
        #expect(picture.count("extension") == 3)
    }
}
