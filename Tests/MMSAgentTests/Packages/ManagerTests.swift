import Host
import Resources
import Testing

@testable import MMSAgent

private let pacman = """
    %NAME%
    zlib

    %VERSION%
    1:1.3.1-2

    %BASE%
    zlib

    %DESC%
    Compression

    %ARCH%
    x86_64

    %BUILDDATE%
    1700000000

    %INSTALLDATE%
    99999999999999999999

    %LICENSE%
    Zlib
    MIT

    %VALIDATION%
    pgp

    %REASON%
    1

    %DEPENDS%
    glibc>=2.38

    """

private func texts(_ link: [Observation.Subject]?) -> [String] {
    (link ?? []).map(\.name.text).sorted()
}

struct ManagerTests {
    private let kernel = SimulatedKernel()

    private func started(_ source: any LevelSource) -> (LevelSensor, Sightings) {
        var picture = Sightings()
        let sensor = LevelSensor(source, on: kernel)
        picture.turn(sensor) { $0.start(&$1) }
        return (sensor, picture)
    }

    @Test func whereNoManagerIsThereIsNoPackageAndNoComplaint() {
        let (sensor, picture) = started(PackageSource())
        #expect(picture.count("package") == 0)
        #expect(!sensor.contract.mayMiss.contains("not readable"))
    }

    @Test func packagesOfPacmanHaveTheirFieldsAndNeeds() throws {
        let folder = "/var/lib/pacman/local"
        kernel.write("\(folder)/ALPM_DB_VERSION", "9\n")
        kernel.write("\(folder)/zlib-1:1.3.1-2/desc", pacman)
        kernel.write("\(folder)/glibc-2.40-1/desc", "%NAME%\nglibc\n\n%VERSION%\n2.40-1\n")
        kernel.write("\(folder)/broken-1/desc", "%NAME%\n\n%VERSION")
        kernel.write("\(folder)/refused-1/desc", "", isRefused: true)
        var (sensor, picture) = started(PackageSource())
        let zlib = try #require(picture["package", "zlib"])
        #expect(zlib.data["version"]?.text == "1:1.3.1-2")
        #expect(zlib.data["license"]?.text == "Zlib, MIT")
        #expect(zlib.data["reason"]?.text == "dependency")
        #expect(zlib.data["built"]?.int == 1_700_000_000_000)
        #expect(zlib.data["installed"] == nil)
        #expect(texts(zlib.links["DEPENDS"]) == ["glibc"])
        #expect(picture["package", "glibc"]?.data["reason"]?.text == "explicit")
        #expect(picture.count("package") == 2)
        #expect(sensor.contract.mayMiss.contains("refused-1"))
        kernel.remove("\(folder)/refused-1")
        kernel.remove("\(folder)/zlib-1:1.3.1-2")
        // The folder comes first, of which the World tells only by a file in the one above.
        kernel.write("\(folder)/zlib-2-1/files", "")
        kernel.write("\(folder)/db.lck", "")
        picture.settle(sensor, kernel)
        #expect(picture["package", "zlib"] == nil)
        kernel.write("\(folder)/zlib-2-1/desc", "%NAME%\nzlib\n\n%VERSION%\n2-1\n")
        picture.settle(sensor, kernel)
        #expect(picture["package", "zlib"]?.data["version"]?.text == "2-1")
        picture.turn(sensor) { $0.sweep(slices: false, &$1) }
        picture.settle(sensor, kernel)
        #expect(sensor.statistics.drift == 0)
        #expect(!sensor.contract.mayMiss.contains("not readable"))
    }

    @Test func flatpaksAreReadByTheirDeployments() throws {
        let branch = "/var/lib/flatpak/app/org.gnome.Gedit/x86_64/stable"
        kernel.link("/var/lib/flatpak/app/org.gnome.Gedit/current", to: "x86_64/stable")
        kernel.link("\(branch)/active", to: "abc123")
        kernel.write(
            "\(branch)/abc123/metadata",
            "[Application]\nname=org.gnome.Gedit\nruntime=org.gnome.Platform/x86_64/46\n")
        // Origin, commit, no paths, a size, and a dictionary with one entry.
        var deploy = Array("flathub\0abc123\0".utf8)
        deploy += [UInt8](repeating: 0, count: 24 - deploy.count) + Array("appdata-version\0".utf8)
        deploy += Array("46.2\0\0s".utf8) + [21, 5]
        kernel.write("\(branch)/abc123/deploy", bytes: deploy)
        let other = "/var/lib/flatpak/runtime/org.x/x86_64/1"
        kernel.link("\(other)/active", to: "../../../../../etc")
        kernel.write("\(other)/x/metadata", "")
        let (_, picture) = started(PackageSource())
        let gedit = try #require(
            picture["package", "org.gnome.Gedit/x86_64/stable@/var/lib/flatpak"])
        #expect(gedit.data["origin"]?.text == "flathub")
        #expect(gedit.data["version"]?.text == "46.2")
        #expect(gedit.data["runtime"]?.text == "org.gnome.Platform/x86_64/46")
        #expect(gedit.data["commit"]?.text == "abc123")
        #expect(gedit.data["kind"]?.text == "app")
        #expect(picture.count("package") == 1)
    }

    @Test(arguments: [0, 1, 7, 24, 40, 44, 46])
    func aRecordOfADeploymentMayBeCutAnywhere(_ count: Int) {
        let whole =
            Array("flathub\0".utf8) + [UInt8](repeating: 0, count: 16)
            + Array("appdata-version\0".utf8) + Array("46.2\0\0s".utf8)
        #expect(DeployRecord(Array(whole.prefix(count)))["appdata-version"] == nil)
        #expect(DeployRecord(whole)["appdata-version"] == "46.2")
    }

    @Test func snapsAreReadByTheirRevisionInUse() throws {
        for file in ["hello_29.snap", "hello_38.snap", "core22_1122.snap", "odd.snap"] {
            kernel.write("/var/lib/snapd/snaps/\(file)", "x")
        }
        kernel.link("/snap/hello/current", to: "38")
        kernel.write(
            "/snap/hello/38/meta/snap.yaml",
            "name: hello\nversion: '2.10'\nsummary: \"Greets\"\nbase: core22\nlicense: GPL-3.0\n"
                + "grade: stable\narchitectures:\n- amd64\n- arm64\napps:\n  hello:\n"
                + "    command: bin/hello\ndescription: |\n  version: 9\n")
        kernel.write(
            "/var/lib/snapd/state.json",
            #"{"data":{"auth":{"secret":"s"},"snaps":{"hello":{"channel":"latest/stable","#
                + #""sequence":[{"name":"hello","snap-id":"abc","revision":"38"}]}}}}"#)
        let (_, picture) = started(PackageSource())
        let hello = try #require(picture["package", "hello@snap"])
        #expect(hello.data["version"]?.text == "2.10")
        #expect(hello.data["summary"]?.text == "Greets")
        #expect(hello.data["revision"]?.text == "38")
        #expect(hello.data["channel"]?.text == "latest/stable")
        #expect(hello.data["storeId"]?.text == "abc")
        #expect(hello.data["architectures"]?.list?.count == 2)
        let core = try #require(picture["package", "core22@snap"])
        #expect(core.data["state"]?.text == "disabled")
        #expect(core.data["revision"]?.text == "1122")
        #expect(picture.count("package") == 2)
    }

    @Test func packagesOfGentooHaveSlotsChoicesAndNeeds() throws {
        let python = "/var/db/pkg/dev-lang/python-3.12.3_p1-r1"
        kernel.write("\(python)/SLOT", "3.12\n")
        kernel.write("\(python)/USE", "ssl amd64\n")
        kernel.write("\(python)/SIZE", "1000\n")
        kernel.write("\(python)/repository", "gentoo\n")
        kernel.write("\(python)/RDEPEND", ">=dev-libs/openssl-3:0= !!<x/y-1 ssl? ( a/b )\n")
        kernel.write("/var/db/pkg/dev-libs/openssl-3.0.13/SLOT", "0/3\n")
        kernel.write("/var/db/pkg/dev-libs/-MERGING-x-1/SLOT", "0\n")
        kernel.write("/var/db/pkg/dev-libs/noversion/SLOT", "0\n")
        kernel.write("/var/lib/portage/world", "dev-lang/python:3.12\n")
        let (_, picture) = started(PackageSource())
        let one = try #require(picture["package", "dev-lang/python:3.12"])
        #expect(one.data["version"]?.text == "3.12.3_p1-r1")
        #expect(one.data["use"]?.list?.map(\.text) == ["ssl", "amd64"])
        #expect(one.data["reason"]?.text == "explicit")
        #expect(texts(one.links["DEPENDS"]) == ["dev-libs/openssl"])
        #expect(picture.count("package") == 2)
    }

    @Test func rulesOfGentooAreOneForEachLine() throws {
        kernel.write("/etc/portage/package.use/a", "# no\n>=dev-libs/x-1.2 ssl -gtk # y\n\n")
        kernel.write("/etc/portage/package.mask", "app/bad\napp/bad\n")
        kernel.write("/etc/portage/package.accept_keywords", "a/b ~amd64\n")
        let (_, picture) = started(PackageRuleSource())
        let use = try #require(picture["package-rule", "use >=dev-libs/x-1.2"])
        #expect(use.data["package"]?.text == "dev-libs/x")
        #expect(use.data["version"]?.text == "1.2")
        #expect(use.data["words"]?.list?.map(\.text) == ["ssl", "-gtk"])
        #expect(picture["package-rule", "mask app/bad#2"] != nil)
        #expect(picture.count("package-rule") == 4)
    }

    @Test func packagesOfHomebrewSayWhichVersionIsInUse() throws {
        let prefix = "/home/linuxbrew/.linuxbrew"
        kernel.write(
            "\(prefix)/Cellar/jq/1.7/INSTALL_RECEIPT.json",
            #"{"installed_on_request":true,"time":1700000000,"source":{"tap":"homebrew/core"},"#
                + #""runtime_dependencies":[{"full_name":"oniguruma"}]}"#)
        kernel.write("\(prefix)/Cellar/jq/1.6/INSTALL_RECEIPT.json", "[")
        kernel.write("\(prefix)/Cellar/oniguruma/6/README", "")
        kernel.link("\(prefix)/opt/jq", to: "../Cellar/jq/1.7")
        let (_, picture) = started(PackageSource())
        let jq = try #require(picture["package", "jq@\(prefix)"])
        #expect(jq.data["version"]?.text == "1.7")
        #expect(jq.data["origin"]?.text == "homebrew/core")
        #expect(texts(jq.links["DEPENDS"]) == ["oniguruma@\(prefix)"])
        let old = try #require(picture["package", "jq 1.6@\(prefix)"])
        #expect(old.data["state"]?.text == "unlinked")
    }

    @Test func repositoriesOfYumKeepNoSecrets() throws {
        kernel.write(
            "/etc/yum.repos.d/a.repo",
            "[base]\nname = Base $releasever\nbaseurl=https://me:pw@host/x\n  https://b/y\n"
                + "enabled=0\ngpgcheck=1\npassword=secret\n[base]\nmirrorlist=https://m?token=q\n"
                + "[\n=\n[]\n")
        kernel.write("/etc/dnf/dnf.conf", "[main]\ngpgcheck=1\n")
        let (_, picture) = started(YumSource())
        let base = try #require(picture["yum-source", "base"])
        #expect(base.data["places"]?.list?.map(\.text) == ["https://me:***@host/x", "https://b/y"])
        #expect(base.data["enabled"]?.bool == false)
        #expect(base.data["signed"]?.bool == true)
        #expect(base.data["password"] == nil)
        #expect(picture["yum-source", "base#2"]?.data["mirrors"]?.text == "https://m?***")
        #expect(picture.count("yum-source") == 2)
    }

    @Test func archivesOfJavaAreNamedByTheirFilesAndFolders() throws {
        kernel.write("/etc/passwd", "me:x:1000:1000::/home/me:/bin/sh\n")
        kernel.write("/usr/share/java/commons-io-2.11.0.jar", "")
        kernel.link("/usr/share/java/commons-io.jar", to: "commons-io-2.11.0.jar")
        kernel.write("/opt/app/lib/plain.jar", "")
        let maven = "/home/me/.m2/repository/org/example/tool/1.0/tool-1.0.jar"
        let gradle = "/home/me/.gradle/caches/modules-2/files-2.1/org.x/y/2.0-rc1/ab/y-2.0-rc1.jar"
        for path in [maven, gradle] { kernel.write(path, "") }
        let (_, picture) = started(JavaSource())
        #expect(
            picture["java-archive", "/usr/share/java/commons-io-2.11.0.jar"]?.data["version"]?.text
                == "2.11.0")
        #expect(picture["java-archive", "/opt/app/lib/plain.jar"]?.data["version"] == nil)
        let one = try #require(picture["java-archive", maven])
        #expect(one.data["vendor"]?.text == "org.example")
        #expect(one.data["title"]?.text == "tool")
        #expect(one.data["uid"]?.int == 1000)
        let two = try #require(picture["java-archive", gradle])
        #expect(two.data["vendor"]?.text == "org.x")
        #expect(two.data["version"]?.text == "2.0-rc1")
        #expect(picture.count("java-archive") == 4)
    }
}
