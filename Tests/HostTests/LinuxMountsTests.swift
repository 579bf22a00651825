internal import Testing

@testable internal import Host

/// What is read of the kernel's tables for volumes.
@Suite struct LinuxMountsTests {
    private static let table = """
        22 28 0:20 / /proc rw,nosuid - proc proc rw
        30 28 7:1 / /srv/a\\040b/mount rw shared:4 master:1 - ext4 /dev/loop1 rw
        31 28 0:40 / /srv/c rw - tmpfs pisces rw,size=16k
        32 28 7:2 / /srv/c rw - ext4 /dev/loop2 rw
        33 28 short
        34 28 7:2 / /srv/d rw no dash at all

        """

    @Test(arguments: [
        ("/proc", "proc"), ("/srv/a b/mount", "/dev/loop1"), ("/srv/c", "/dev/loop2"),
        ("/srv", nil), ("/srv/d", nil), ("/srv/a", nil),
    ])
    func theLastMountOnAFolderIsTheOneSeen(folder: String, source: String?) {
        #expect(LinuxMounts.source(on: folder, mountinfo: Self.table) == source)
    }
}
