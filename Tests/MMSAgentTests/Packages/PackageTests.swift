import Host
import Resources
import Testing

@testable import MMSAgent

private let status = """
    Package: dpkg
    Essential: yes
    Status: install ok installed
    Priority: required
    Section: admin
    Installed-Size: 6400
    Maintainer: Dpkg Developers <debian-dpkg@lists.debian.org>
    Architecture: amd64
    Version: 1.21.22
    Depends: tar (>= 1.28-1)
    Pre-Depends: libc6 (>= 2.34), missing | zlib1g:any
    Description: Debian package management system
     More of it.

    Package: tar
    Status: install ok installed
    Architecture: amd64
    Version: 1.34

    Package: libc6
    Status: install ok installed
    Architecture: amd64
    Multi-Arch: same
    Source: glibc (2.36-9)
    Version: 2.36

    Package: libc6
    Status: install ok installed
    Architecture: i386
    Multi-Arch: same
    Version: 2.36

    Package: zlib-ng
    Status: hold reinstreq half-configured
    Architecture: amd64
    Version: 2
    Provides: zlib1g (= 2)

    Package: old
    Status: deinstall ok config-files
    Architecture: all
    Version: 1

    Package: never
    Status: unknown ok not-installed

    """ + "\n"

private func texts(_ link: [Observation.Subject]?) -> [String] {
    (link ?? []).map(\.name.text).sorted()
}

struct PackageTests {
    private let kernel = SimulatedKernel()
    private var picture = Sightings()

    init() { kernel.write("/var/lib/dpkg/status", status) }

    @Test func packagesHaveTheirFieldsStatesAndNeeds() throws {
        kernel.write("/var/lib/dpkg/info/dpkg.list", "/.\n")
        var picture = picture
        let sensor = LevelSensor(PackageSource(), on: kernel)
        picture.turn(sensor) { $0.start(&$1) }
        let dpkg = try #require(picture["package", "dpkg"])
        #expect(dpkg.data["version"]?.text == "1.21.22")
        #expect(dpkg.data["size"]?.int == 6_553_600)
        #expect(dpkg.data["essential"]?.bool == true)
        #expect(dpkg.data["summary"]?.text == "Debian package management system")
        #expect(dpkg.data["installed"]?.int != nil)
        #expect(texts(dpkg.links["DEPENDS"]) == ["libc6", "tar", "zlib-ng"])
        #expect(picture["package", "libc6"]?.data["source"]?.text == "glibc")
        #expect(picture["package", "libc6:i386"]?.data["architecture"]?.text == "i386")
        #expect(picture["package", "zlib-ng"]?.data["broken"]?.bool == true)
        #expect(picture["package", "zlib-ng"]?.data["wanted"]?.text == "hold")
        #expect(picture["package", "old"]?.data["state"]?.text == "config-files")
        #expect(picture["package", "never"] == nil)
    }

    @Test func anUpgradeIsAChangeOfOneHistory() throws {
        var picture = picture
        let sensor = LevelSensor(PackageSource(), on: kernel)
        picture.turn(sensor) { $0.start(&$1) }
        let before = try #require(picture["package", "tar"])
        kernel.write(
            "/var/lib/dpkg/updates/0001",
            "Package: tar\nStatus: install ok unpacked\nArchitecture: amd64\nVersion: 1.35\n")
        picture.settle(sensor, kernel)
        let after = try #require(picture["package", "tar"])
        #expect(after.data["version"]?.text == "1.35")
        #expect(after.data["state"]?.text == "unpacked")
        #expect(after.identity == before.identity)
        #expect(picture.faults == [])
        picture.turn(sensor) { $0.sweep(slices: false, &$1) }
        picture.settle(sensor, kernel)
        #expect(sensor.statistics.drift == 0)
    }

    @Test func aStatusThatIsCutShortLeavesTheGapOpenUntilItIsWhole() {
        var picture = picture
        kernel.write("/var/lib/dpkg/status", "Package: tar\nStatus: install ok inst")
        let sensor = LevelSensor(PackageSource(), on: kernel)
        picture.turn(sensor) { $0.start(&$1) }
        #expect(sensor.statistics.inGap)
        kernel.write("/var/lib/dpkg/status", status)
        kernel.time.advance(milliseconds: 1000)
        picture.settle(sensor, kernel)
        #expect(!sensor.statistics.inGap)
        #expect(picture["package", "tar"] != nil)
    }

    @Test func packagesThatMayNotBeReadAreSaidSo() {
        var picture = picture
        kernel.write("/var/lib/dpkg/status", status, isRefused: true)
        kernel.write("/var/lib/rpm/rpmdb.sqlite", "")
        let sensor = LevelSensor(PackageSource(), on: kernel)
        picture.turn(sensor) { $0.start(&$1) }
        #expect(sensor.contract.mayMiss.contains("may not be read"))
        #expect(sensor.contract.mayMiss.contains("rpmdb.sqlite"))
        #expect(picture.count("package") == 0)
    }

    @Test func pythonAndNodePackagesAreKnownByTheirFolder() throws {
        var picture = picture
        let folder = "/usr/lib/python3/dist-packages"
        kernel.write(
            "\(folder)/Six_.Seven-1.dist-info/METADATA",
            "Metadata-Version: 2.1\nName: Six_.Seven\nVersion: 1\nLicense: UNKNOWN\n"
                + "Requires-Dist: eight (>=2) ; python_version > '3'\n"
                + "Requires-Dist: nine ; extra == 'x'\n\nRequires-Dist: text\n")
        kernel.write("\(folder)/eight.egg-info", "Name: Eight\nVersion: 2\nAuthor: me\n")
        kernel.write("\(folder)/broken.dist-info/METADATA", "\u{0}\u{1}")
        kernel.write(
            "/usr/lib/node_modules/@a/b/package.json",
            #"{"name":"@a/b","version":"3","author":{"name":"you"},"license":"MIT"}"#)
        kernel.write("/usr/lib/node_modules/c/package.json", "{")
        let sensor = LevelSensor(PackageSource(), on: kernel)
        picture.turn(sensor) { $0.start(&$1) }
        let six = try #require(picture["package", "Six_.Seven@\(folder)"])
        #expect(six.data["license"] == nil)
        #expect(texts(six.links["DEPENDS"]) == ["Eight@\(folder)"])
        #expect(picture["package", "Eight@\(folder)"]?.data["author"]?.text == "me")
        let node = try #require(picture["package", "@a/b@/usr/lib/node_modules"])
        #expect(node.data["author"]?.text == "you")
        kernel.remove("\(folder)/eight.egg-info")
        picture.settle(sensor, kernel)
        #expect(picture["package", "Eight@\(folder)"] == nil)
        #expect(picture["package", "Six_.Seven@\(folder)"]?.links["DEPENDS"] == nil)
    }

    @Test func hostileParagraphsAreReadOrPassedOver() {
        let long = String(repeating: "x", count: 200_000)
        let text =
            "no colon\n\n# comment\n: empty\nA: 1\r\nA: 2\n b\n\n\nB:\n  c\n# in between\n  d\nA: "
        var bytes = Array((text + long).utf8)
        bytes.insert(0xFF, at: bytes.count - long.utf8.count)
        var all: [ControlText.Paragraph] = []
        ControlText.read(bytes, wanted: ["a", "b"]) {
            all.append($0); return true
        }
        #expect(all.map { $0["a"]?.prefix(8) } == ["1", "\\xffxxxx"])
        #expect(all.last?["b"] == "\nc\nd")
        #expect((all.last?["a"]?.utf8.count ?? 0) <= Limits.controlField.value + 8)
        #expect(ControlText.first([], wanted: ["a"]) == nil)
    }

    @Test func relationsAreNamesByAlternatives() {
        #expect(
            DpkgReader.relations("a (>= 1) | b:any, c [amd64],, d") == [
                ["a", "b"], ["c"], ["d"],
            ])
    }

    @Test func sourcesOfBothFormsAreRead() throws {
        var picture = picture
        kernel.write(
            "/etc/apt/sources.list",
            "# deb http://off x y\ndeb [arch=amd64,i386 signed-by=/k.gpg] "
                + "https://me:secret@host/debian stable main contrib # why\ndeb broken\n"
                + "deb https://me:secret@host/debian stable extra\n")
        kernel.write(
            "/etc/apt/sources.list.d/x.sources",
            "Types: deb deb-src\nURIs: http://d.example/debian?token=1\nSuites: a b/\n"
                + "Enabled: no\nTrusted: yes\nSigned-By:\n -----BEGIN PGP PUBLIC KEY-----\n .\n x\n"
        )
        kernel.write("/etc/apt/sources.list.d/off.disabled", "deb http://no no no\n")
        kernel.write(
            "/var/lib/apt/lists/d.example_debian_dists_a_InRelease", "not asked for")
        let sensor = LevelSensor(AptSource(), on: kernel)
        picture.turn(sensor) { $0.start(&$1) }
        #expect(picture.count("apt-source") == 6)
        let first = try #require(picture["apt-source", "deb https://me:***@host/debian stable"])
        #expect(first.data["architectures"] == .list(["amd64", "i386"]))
        #expect(first.data["components"] == .list(["main", "contrib"]))
        #expect(first.data["signedBy"]?.text == "/k.gpg")
        #expect(picture["apt-source", "deb https://me:***@host/debian stable #2"] != nil)
        let off = try #require(picture["apt-source", "deb-src http://d.example/debian?*** a"])
        #expect(off.data["enabled"]?.bool == false)
        #expect(off.data["trusted"]?.bool == true)
        #expect(off.data["signedBy"]?.text == "inline")
        kernel.write("/etc/apt/sources.list", "")
        picture.settle(sensor, kernel)
        #expect(picture.count("apt-source") == 4)
        #expect(sensor.statistics.drift == 0)
    }

    @Test func theFilesOfAPackageAreListedAndFound() {
        kernel.write("/var/lib/dpkg/info/tar.list", "/.\n/bin\n/bin/tar\n")
        kernel.write("/var/lib/dpkg/info/libc6:amd64.list", "/.\n/lib/libc.so.6\n")
        kernel.link("/bin", to: "usr/bin")
        #expect(PackageFiles.list("tar", on: kernel) == ["/bin", "/bin/tar"])
        #expect(PackageFiles.list("libc6", on: kernel) == ["/lib/libc.so.6"])
        #expect(PackageFiles.list("../x", on: kernel) == nil)
        #expect(PackageFiles.owners(of: "/usr/bin/tar", on: kernel) == ["tar"])
        #expect(PackageFiles.owners(of: "/lib/libc.so.6", on: kernel) == ["libc6"])
        #expect(PackageFiles.owners(of: "/nowhere", on: kernel) == [])
    }
}
