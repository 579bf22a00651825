import Glibc
import Host
import Resources
import Testing

@testable import MMSAgent

/// It gives a file a capability, so it needs root and setcap.
private let canGive = unsafe geteuid() == 0 && access("/usr/sbin/setcap", X_OK) == 0

struct ManagerRigTests {
    @Test(.enabled(if: canGive))
    func aCapabilityOfAProgramIsReadAsGetcapTellsIt() throws {
        let folder = "/var/tmp/pisces-capability-\(getpid())"
        _ = shell("mkdir -p '\(folder)' && cp /bin/true '\(folder)/plain'")
        defer { _ = shell("rm -rf '\(folder)'") }
        _ = shell("cp /bin/true '\(folder)/able'")
        let wanted = "cap_net_bind_service,cap_net_raw=ep"
        _ = shell("setcap \(wanted) '\(folder)/able'")
        let told = shell("getcap '\(folder)/able'")
        let kernel = LinuxKernel()
        let able = try #require(FileRecord("\(folder)/able", kernel))
        #expect(able.capabilities == wanted)
        #expect(told.contains(wanted))
        #expect(able.attributes == [FileCapabilities.attribute])
        let plain = try #require(FileRecord("\(folder)/plain", kernel))
        #expect(plain.attributes == [])
        #expect(kernel.attribute(FileCapabilities.attribute, of: "\(folder)/plain") == nil)
        #expect(kernel.attributes(of: "\(folder)/none") == [])
    }

    /// Where a manager is not there it costs a look; what is there is what `find` finds.
    @Test func archivesOfJavaAreThoseThatFindFinds() {
        let source = JavaSource()
        guard case .whole(let seen) = source.read(LinuxKernel()) else { return }
        let found = shell("find /usr/share/java -maxdepth 2 -type f -name '*.jar'")
        let paths = Set(found.split(separator: "\n").map { String($0) })
        let read = Set(
            seen.filter { $0.data["kind"]?.text == "system" }.compactMap { $0.data["path"]?.text }
                .filter { $0.hasPrefix("/usr/share/java/") })
        #expect(read == paths)
    }
}
