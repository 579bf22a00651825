import Host
import Resources
import Testing

@testable import MMSConsole

/// Where a copy goes, as people spell it.
@Suite struct CopyTargetTests {
    @Test(arguments: [
        ("/a", CopyTarget(.directory, "/a"), true, false),
        ("dir:/a", CopyTarget(.directory, "/a"), true, false),
        ("image:/a", CopyTarget(.image, "/a"), true, true),
        ("device:/dev/vdb", CopyTarget(.device, "/dev/vdb"), true, true),
        ("ssh://root@h:22/o", CopyTarget(.host, "ssh://root@h:22/o"), false, false),
        ("qemu:twin", CopyTarget(.guest, "twin"), false, true),
    ]) func aTargetIsRead(text: String, target: CopyTarget, isPath: Bool, boots: Bool) throws {
        let read = try #require(CopyTarget(text))
        #expect(read == target)
        #expect(read.isPath == isPath)
        #expect(read.kind.boots == boots)
        #expect(CopyTarget(read.text) == target, "what the command line sends says the same")
    }

    @Test(arguments: ["slot:b", "ssh:root@h"]) func othersAreNone(text: String) {
        #expect(CopyTarget(text) == nil)
    }

    @Test func whatIsSaidOfAGuestIsKnownToTheVerb() throws {
        let words = ["reproduce", "--to", "qemu:twin", "--api=127.0.0.1:7201", "--memory", "256"]
        let invocation = try Invocation(words + ["--bus=10.0.0.2:7118", "--no-wait"])
        #expect(invocation.verb.operation == .reproduce)
        #expect(invocation["memory"] == "256")
        #expect(invocation.has("no-wait"))
    }
}

@Suite struct GuestRoomTests {
    @Test func aDiskIsMadeByOneAtATime() throws {
        let room = GuestRoom(root: "/nowhere", clock: LinuxClock(), entropy: LinuxEntropy())
        let (twin, other) = (try ResourceName("twin"), try ResourceName("other"))
        #expect(room.claim(twin))
        #expect(!room.claim(twin))
        #expect(room.claim(other))
        room.release(twin)
        #expect(room.claim(twin))
    }
}
