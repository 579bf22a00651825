import Glibc
import Resources
import Testing

@testable import Host

private let numbers = "/proc/sys/kernel/ns_last_pid"
private let mayReuse =
    unsafe geteuid() == 0 && access("/etc", W_OK) == 0 && access(numbers, W_OK) == 0

/// Whose change it was, where the kernel gives out a process's number again.
@Suite(
    .serialized, .enabled(if: mayReuse, "needs root and \(numbers), to give a number out again"))
struct FileAuthorRigTests {
    /// Makes a process end, and gives its number to one that lives on; gives its start too.
    private func reuse(_ pid: Int32) throws -> UInt64 {
        for _ in 0..<500 {
            let told = shell(
                "echo \(pid - 1) >\(numbers); sleep 60 >/dev/null & echo $!")
            let other = try #require(Int32(told.split(separator: "\n").first ?? ""))
            if other == pid { return try #require(ProcFS.status(of: pid)).start }
            kill(other, SIGKILL)
        }
        throw NotReused(pid: pid)
    }

    private struct NotReused: Error { let pid: Int32 }

    private func events(_ feed: FanotifyFeed, _ path: String) -> [FileEvent] {
        var events: [FileEvent] = []
        while feed.receive({ datagram in
            if let event = FileEvent(datagram), event.path.elementsEqual(path.utf8) {
                events.append(event)
            }
        }) == .more {}
        return events
    }

    @Test(arguments: [EventAuthors.Proof.handles, .times])
    func aNumberThatIsGivenOutAgainProvesNothing(proof: EventAuthors.Proof) throws {
        let made = shell("mktemp -d /etc/pisces-rig.XXXXXX").split(separator: "\n").first
        let folder = try #require(made.map { String($0) })
        defer { _ = shell("rm -rf '\(folder)'") }
        let feed = try FanotifyFeed(proof)
        defer { feed.close() }
        _ = feed.follow([folder])
        // What is there by now is older than what is to come.
        while feed.receive({ _ in }) != .empty {}
        let said = shell("sh -c 'echo a >\(folder)/a; echo $$'").split(separator: "\n").first
        let pid = try #require(said.flatMap { Int32($0) })
        let start = try reuse(pid)
        defer { kill(pid, SIGKILL) }
        #expect(start > 0)
        let gone = events(feed, folder + "/a")
        #expect(!gone.isEmpty)
        #expect(gone.allSatisfy { $0.process == pid && $0.start == 0 }, "\(gone)")
        // Of who lives the start is told, by both ways.
        let file = unsafe open(folder + "/b", O_CREAT | O_WRONLY, 0o600)
        #expect(file >= 0)
        close(file)
        let mine = events(feed, folder + "/b")
        let own = try #require(ProcFS.status(of: getpid())).start
        #expect(!mine.isEmpty)
        #expect(mine.allSatisfy { $0.process == getpid() && $0.start == own }, "\(mine)")
    }

    /// A thousand events bring a thousand descriptors: none is left behind.
    @Test func everyHandleIsClosed() throws {
        let made = shell("mktemp -d /etc/pisces-rig.XXXXXX").split(separator: "\n").first
        let folder = try #require(made.map { String($0) })
        defer { _ = shell("rm -rf '\(folder)'") }
        let feed = try FanotifyFeed()
        defer { feed.close() }
        _ = feed.follow([folder])
        for round in 0..<1000 {
            let file = unsafe open("\(folder)/f\(round)", O_CREAT | O_WRONLY, 0o600)
            #expect(file >= 0)
            close(file)
        }
        while feed.receive({ _ in }) == .more {}
        let handles = shell(
            "ls -l /proc/\(getpid())/fd | grep -c 'anon_inode:\\[pidfd\\]\\|pidfd:'")
        #expect((Int(handles.trimmingNewline) ?? -1) < 100)
    }
}

extension String {
    fileprivate var trimmingNewline: String { String(prefix { $0 != "\n" }) }
}
