import Glibc
import Host
import Resources
import Synchronization
import Testing

@testable import MMSAgent

/// They install and remove a package of their own, so they need root and dpkg.
private let canInstall =
    unsafe geteuid() == 0 && access("/var/lib/dpkg/status", W_OK) == 0
    && access("/usr/bin/dpkg-deb", X_OK) == 0

private func lines(_ command: String) -> [String] {
    shell(command).split(separator: "\n").map { String($0) }
}

@Suite(.serialized) struct PackageRigTests {
    /// A package with a binary, a configuration file and a need.
    private func build(_ folder: String, version: String) -> String {
        let file = "\(folder)/pisces-rig_\(version)_all.deb"
        _ = shell(
            """
            cd '\(folder)' && rm -rf t && mkdir -p t/DEBIAN t/usr/local/bin t/etc && cat > \
            t/DEBIAN/control <<'X'
            Package: pisces-rig
            Version: \(version)
            Architecture: all
            Maintainer: A Rig <rig@example.org>
            Installed-Size: 7
            Depends: dpkg
            Description: a package of a test
            X
            echo /etc/pisces-rig.conf > t/DEBIAN/conffiles
            echo '\(version)' > t/etc/pisces-rig.conf
            printf '#!/bin/sh\\ntrue\\n' > t/usr/local/bin/pisces-rig
            # dpkg lives on for a moment: of what is gone the kernel tells no name.
            printf '#!/bin/sh\\nsleep 0.5\\n' > t/DEBIAN/postinst; chmod 755 t/DEBIAN/postinst
            chmod 4755 t/usr/local/bin/pisces-rig
            dpkg-deb --root-owner-group -b t '\(file)' > /dev/null
            """)
        return file
    }

    @Test(.enabled(if: canInstall, "needs root, dpkg and dpkg-deb"))
    func anInstallationAndItsRemovalAreSeen() throws {
        let folder = try #require(lines("mktemp -d").first)
        defer { _ = shell("dpkg -P pisces-rig 2>/dev/null; rm -rf '\(folder)'") }
        let picture = Picture()
        let group = try SensorGroup(
            [
                { LevelSensor(PackageSource(), on: LinuxKernel()) }, { FileSensor(LinuxKernel()) },
            ], sweepInterval: nil
        ) { picture.take($0) }
        try group.start()
        defer { group.stop() }
        #expect(
            picture.reaches { $0.openGaps["packages"] == 0 && $0.openGaps["files"] == 0 })
        try compare(picture)

        _ = shell("dpkg -i '\(build(folder, version: "1.0"))' > /dev/null 2>&1")
        #expect(picture.reaches { state($0, "version", "1.0") && state($0, "state", "installed") })
        let package = try #require(picture.all("package")["pisces-rig"])
        #expect(package.data["size"]?.int == 7168)
        #expect(package.links["DEPENDS"]?.map(\.name.text) == ["dpkg"])
        let program = "/usr/local/bin/pisces-rig"
        #expect(
            picture.comes {
                picture.all("file")[program]?.data["package"]?.text == "pisces-rig"
            })
        #expect(picture.all("file")[program]?.data["setuid"]?.bool == true)
        #expect(picture.all("file")["/etc/pisces-rig.conf"] != nil)

        _ = shell("dpkg -i '\(build(folder, version: "2.0"))' > /dev/null 2>&1")
        #expect(picture.reaches { state($0, "version", "2.0") && state($0, "state", "installed") })
        #expect(picture.all("package")["pisces-rig"]?.identity == package.identity)

        _ = shell("dpkg -r pisces-rig > /dev/null 2>&1")
        #expect(picture.reaches { state($0, "state", "config-files") })
        _ = shell("dpkg -P pisces-rig > /dev/null 2>&1")
        #expect(picture.comes { picture.all("package")["pisces-rig"] == nil })
        #expect(picture.comes { picture.all("file")[program] == nil })
        #expect(picture.all("file")["/etc/pisces-rig.conf"] == nil)

        group.sweep()
        #expect(picture.comes { group.reports.allSatisfy { $0.statistics.sweeps == 1 } })
        #expect(group.reports.map(\.statistics.drift) == [0, 0])
        #expect(picture.state.withLock { $0.faults } == [])
        try compare(picture)
        // dpkg itself unpacked the program, and the kernel said so.
        let causes = picture.state.withLock { state in
            state.history.compactMap { observation -> String? in
                guard case .present(let one) = observation, one.subject.name.text == program
                else { return nil }
                return one.data["changedBy"]?.text
            }
        }
        // Storms of other tests may cost events: then it is read anew, and nobody is named.
        let isWhole = group.reports.allSatisfy { $0.statistics.lost == 0 }
        #expect(causes.contains("dpkg") || !isWhole)
    }

    private func state(_ state: borrowing Picture.State, _ field: String, _ value: String) -> Bool {
        state.subjects.contains {
            $0.key.type.text == "package" && $0.key.name.text == "pisces-rig"
                && $0.value.data[field]?.text == value
        }
    }

    private func compare(_ picture: Picture) throws {
        let format =
            "${binary:Package}\\t${Version}\\t${Architecture}\\t${db:Status-Status}\\t"
            + "${source:Package}\\t${Section}\\n"
        // dpkg qualifies what may be installed for several architectures even where it is one.
        let native = try #require(lines("dpkg --print-architecture").first)
        let truth = Set(
            lines("dpkg-query -W -f '\(format)'").map { line in
                line.replacing(":\(native)\t", with: "\t")
            })
        let seen = Set(
            picture.all("package").values.filter { $0.data["manager"]?.text == "dpkg" }.map {
                one in
                let fields = ["version", "architecture", "state", "source", "section"]
                return ([one.subject.name.text] + fields.map { one.data[$0]?.text ?? "" })
                    .joined(separator: "\t")
            })
        #expect(truth.subtracting(seen) == [])
        #expect(seen.subtracting(truth) == [])
    }

    @Test func theOwnersOfFilesAreThoseOfDpkg() throws {
        guard unsafe access("/usr/bin/dpkg", X_OK) == 0 else { return }
        let kernel = LinuxKernel()
        for path in ["/usr/bin/env", "/usr/bin/dpkg", "/etc/debian_version"] {
            let truth = lines("dpkg -S '\(path)' | cut -d: -f1")
            let look = try #require(FileLook.look(path, on: kernel, digest: true))
            #expect(look.fields["package"]?.text == truth.first)
            let digest = lines("sha256sum '\(path)' | cut -d' ' -f1").first
            #expect(look.fields["sha256"]?.text == digest)
        }
        #expect(
            PackageFiles.list("dpkg", on: kernel)?.sorted()
                == lines("dpkg -L dpkg | grep -v '^/\\.$' | grep ^/").sorted())
        let folder = try #require(FileLook.look("/etc", on: kernel, digest: true))
        #expect(folder.undigested != nil)
        #expect(FileLook.look("/nowhere/at/all", on: kernel, digest: true) == nil)
    }

    @Test func aReadingIsMeasured() {
        let kernel = LinuxKernel()
        let sources: [(String, any LevelSource)] = [
            ("packages", PackageSource()), ("apt-sources", AptSource()),
        ]
        for (name, source) in sources {
            _ = source.open(kernel)
            for _ in 0..<3 {
                let before = Poller.threadCPU()
                guard case .whole(let seen) = source.read(kernel) else { continue }
                print("\(name): \(seen.count) subjects, \((Poller.threadCPU() - before) / 1000) µs")
            }
        }
        let sensor = FileSensor(kernel)
        var out: [Observation] = []
        let before = Poller.threadCPU()
        sensor.start(&out)
        print("files: \(out.count) subjects, start \((Poller.threadCPU() - before) / 1000) µs")
        let middle = Poller.threadCPU()
        sensor.sweep(slices: false, &out)
        print("files: sweep \((Poller.threadCPU() - middle) / 1000) µs")
        sensor.stop()
        #expect(out.count > 10)
    }
}
