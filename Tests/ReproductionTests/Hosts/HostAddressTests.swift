import Host
import Resources
import Testing

@testable import Reproduction

@Suite struct HostAddressTests {
    @Test(
        arguments: [
            ("ssh://pi-2", nil, "pi-2", nil, "/opt/pisces"),
            ("ssh://root@10.0.0.8", "root", "10.0.0.8", nil, "/opt/pisces"),
            (
                "ssh://a.b-c@host.example:2222/srv/pisces-1", "a.b-c", "host.example", 2222,
                "/srv/pisces-1"
            ),
            ("ssh://[fd00::7]:22/x", nil, "fd00::7", 22, "/x"),
            ("ssh://[fd00::7]", nil, "fd00::7", nil, "/opt/pisces"),
            ("ssh://pi/", nil, "pi", nil, "/opt/pisces"),
        ] as [(String, String?, String, Int?, String)])
    func anAddressIsReadAndWritten(
        text: String, user: String?, host: String, port: Int?, directory: String
    ) throws {
        let address = try HostAddress(text)
        #expect(address.user == user)
        #expect(address.host == host)
        #expect(address.port == port)
        #expect(address.directory == directory)
        #expect(try HostAddress(address.description) == address)
    }

    @Test(arguments: [
        "", "pi", "ssh:/pi", "ssh://", "ssh:///x", "ssh://@pi", "ssh://-oProxyCommand=x",
        "ssh://-l@pi", "ssh://pi:0", "ssh://pi:65536", "ssh://pi:22x", "ssh://pi:", "ssh://a b",
        "ssh://pi;ls", "ssh://pi/a b", "ssh://pi/a'b", "ssh://pi/$HOME", "ssh://pi/../etc",
        "ssh://pi/a//b", "ssh://pi/a/.", "ssh://pi/a/", "ssh://a@b@c", "ssh://[fd00::7",
        "ssh://[fd00::7]x", "ssh://p\u{131}", "ssh://pi/a\nb",
        "ssh://pi/" + String(repeating: "a", count: 255),
        "ssh://" + String(repeating: "a", count: 1100),
    ])
    func whatIsNoneOrCouldBeMoreIsRefused(text: String) {
        let refusal = Sample.refusal { _ = try HostAddress(text) }
        #expect(refusal?.kind == .refused)
        #expect(refusal?.remedy == "write ssh://user@host:22/directory")
    }

    @Test func sshIsGivenNoChanceToAskAndNoWordOfItsOwn() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let (key, known) = (scratch.path + "/key", scratch.path + "/known")
        for path in [key, known] { try scratch.files.replace(path, with: [1]) }
        let launch = try HostAccess(key: key, knownHosts: known)
            .launch(to: try HostAddress("ssh://root@pi:2222/srv/x"))
        let words = launch.arguments
        for option in [
            "BatchMode=yes", "StrictHostKeyChecking=yes", "IdentitiesOnly=yes",
            "UserKnownHostsFile=\(known)", "ClearAllForwardings=yes", "ForwardAgent=no",
        ] { #expect(words.contains(option)) }
        let end = try #require(words.firstIndex(of: "--"))
        #expect(words[end + 1] == "pi")
        #expect(words.count == end + 3)
        #expect(words[..<end].suffix(6) == ["-i", key, "-l", "root", "-p", "2222"])
        #expect(words.last?.hasSuffix(" pisces '/srv/x'") == true)
    }

    @Test(arguments: ["key", "/tmp/a b", "/tmp/%h", "/tmp/$x", "/tmp/a\"b", "/nowhere/key"])
    func aFileThatIsNoneOrThatSshWouldExpandIsRefused(path: String) throws {
        let address = try HostAddress("ssh://pi")
        for access in [HostAccess(key: path), HostAccess(knownHosts: path)] {
            let refusal = Sample.refusal { _ = try access.launch(to: address) }
            #expect(refusal?.kind == .refused)
        }
    }
}
