import Host
import Resources
import Testing

@testable import Reproduction

/// Programs that others wrote find nothing wrong with what our writers wrote.
@Suite("F11: independent checkers are content", .serialized) struct CheckerTests {
    /// Builds the sample in a scratch folder and cuts its parts out of it.
    private func withImage(
        _ sample: ImageSample = ImageSample(),
        _ body: (_ folder: String, _ built: Construction) throws -> Void
    ) throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let description = try sample.description()
        let path = scratch.path + "/image"
        let target = try DiskTarget.newFile(
            LinuxDisk(), path, size: description.parameters.diskBytes)
        let built = try sample.constructor().construct(on: target)
        target.close()
        let layout = try ImageLayout(description)
        for part in ImageLayout.Part.allCases {
            let range = layout.range(of: part)
            let cut = Shell.run(
                "dd if=\(path) of=\(scratch.path)/\(part.rawValue) bs=1M conv=sparse status=none "
                    + "skip=\(range.lowerBound >> 20) "
                    + "count=\((range.upperBound - range.lowerBound) >> 20)")
            #expect(cut.code == 0, "\(cut.text)")
        }
        try body(scratch.path, built)
    }

    @Test(.enabled(if: Shell.has("sgdisk"), "gdisk is not installed"))
    func sgdiskFindsNoProblemInTheTable() throws {
        try withImage { folder, _ in
            let answer = Shell.run("sgdisk -v \(folder)/image")
            #expect(answer.code == 0 && answer.text.contains("No problems found"), "\(answer)")
            let list = Shell.run("sgdisk -p \(folder)/image").text
            for part in ImageLayout.Part.allCases { #expect(list.contains(part.rawValue)) }
            #expect(!list.contains("damaged") && !list.contains("Warning"), "\(list)")
        }
    }

    @Test(.enabled(if: Shell.has("fsck.vfat", "mdir"), "dosfstools or mtools is not installed"))
    func fsckAndMtoolsReadTheESP() throws {
        let sample = ImageSample()
        try withImage(sample) { folder, built in
            let check = Shell.run("fsck.vfat -n -v \(folder)/esp")
            #expect(check.code == 0, "\(check.text)")
            #expect(!check.text.contains("Free cluster summary"), "\(check.text)")
            let list = Shell.run("mdir -/ -b -i \(folder)/esp ::").text
            #expect(
                list.split(separator: "\n").sorted() == [
                    "::/EFI/", "::/EFI/BOOT/", "::/EFI/BOOT/BOOTX64.EFI", "::/EFI/Linux/",
                    "::/EFI/Linux/pisces_3+3.efi", "::/EFI/systemd/",
                    "::/EFI/systemd/systemd-bootx64.efi", "::/loader/", "::/loader/loader.conf",
                ], "\(list)")
            let out = Shell.run("mcopy -i \(folder)/esp '::/EFI/Linux/pisces_3+3.efi' \(folder)/u")
            #expect(out.code == 0, "\(out.text)")
            let kernel = try sample.bytes(sample.constructor().unifiedKernel(built.seal))
            #expect(try LinuxFile.read(folder + "/u") == kernel)
        }
    }

    @Test(.enabled(if: Shell.has("fsck.erofs"), "erofs-utils is not installed"))
    func fsckFindsNoFaultInTheRootAndReadsAllOfIt() throws {
        try withImage { folder, built in
            let size = built.seal.blocks * 4096
            #expect(Shell.run("truncate -s \(size) \(folder)/root-a").code == 0)
            // Giving files to their owner after it set their mode, as it does unless told, takes
            // the set-user bit away (chown(2)).
            let check = Shell.run(
                "fsck.erofs --no-preserve-owner --preserve-perms --extract=\(folder)/tree "
                    + "\(folder)/root-a")
            #expect(check.code == 0, "\(check.text)")
            try compare(ImageSample(), with: folder + "/tree")
        }
    }

    @Test(.enabled(if: Shell.canMount("erofs"), "mounting EROFS needs root and a kernel with it"))
    func theKernelMountsTheRootAndReadsAllOfIt() throws {
        try withImage { folder, _ in
            let mount = Shell.run(
                "mkdir \(folder)/tree && mount -t erofs -o ro,loop \(folder)/root-a \(folder)/tree")
            #expect(mount.code == 0, "\(mount.text)")
            defer { #expect(Shell.run("umount \(folder)/tree").code == 0) }
            try compare(ImageSample(), with: folder + "/tree")
            let names = Shell.run("ls -1 -f \(folder)/tree/many | wc -l").text
            #expect(names == "403\n", "\(names)")
        }
    }

    /// Every file, link and mode of a description is in a folder, and its blobs and bytes too.
    private func compare(_ sample: ImageSample, with folder: String) throws {
        let files = LinuxFiles()
        let description = try sample.description()
        let contents = Dictionary(
            sample.contents.map { (Blob(of: $0), $0) }, uniquingKeysWith: { $1 })
        for file in description.files {
            let path = folder + "/" + file.path
            switch file.kind {
            case .directory: #expect(files.kind(path) == .folder, "\(file.path)")
            case .symlink(let target):
                #expect(try files.target(ofLink: path) == target, "\(file.path)")
                continue
            case .file(let blob):
                #expect(try LinuxFile.read(path) == contents[blob], "\(file.path)")
            }
            #expect(files.mode(path).map { $0 & 0o7777 } == UInt32(file.mode), "\(file.path)")
        }
        let kept = try LinuxFile.read(folder + "/pisces/description")
        #expect(try Description(kept) == description)
        let store = BlobStore(disk: LinuxDisk(), path: folder + "/pisces/blobs")
        #expect(try store.list() == description.blobs)
        #expect(try store.damaged().isEmpty)
    }

    @Test(.enabled(if: Shell.has("veritysetup"), "cryptsetup-bin is not installed"))
    func veritysetupProvesTheRootByItsHash() throws {
        try withImage { folder, built in
            let words = Dictionary(
                uniqueKeysWithValues: built.seal.words.map { word in
                    let parts = word.split(separator: "=")
                    return (String(parts[0]), String(parts[1]))
                })
            let hash = try #require(words["pisces.root"])
            let verify = "veritysetup verify \(folder)/root-a \(folder)/verity-a \(hash)"
            let answer = Shell.run(verify)
            #expect(answer.code == 0, "\(answer.text)")
            let dump = Shell.run("veritysetup dump \(folder)/verity-a").text
            #expect(dump.contains("Data blocks:     \t\(built.seal.blocks)"), "\(dump)")
            // One bit of the last block.
            let flip =
                "printf '\\001' | dd of=\(folder)/root-a bs=1 conv=notrunc status=none "
                + "seek=\(built.seal.blocks * 4096 - 1)"
            #expect(Shell.run(flip).code == 0)
            #expect(Shell.run(verify).code != 0)
        }
    }

    @Test(.enabled(if: Shell.has("e2fsck"), "e2fsprogs is not installed"))
    func e2fsckFindsNoFaultInTheData() throws {
        try withImage { folder, _ in
            let answer = Shell.run("e2fsck -f -n \(folder)/data")
            #expect(answer.code == 0, "\(answer.text)")
            let dump = Shell.run("dumpe2fs -h \(folder)/data").text
            #expect(dump.contains("50495343-4553-2d54-454d-504c41544521"), "\(dump)")
        }
    }

    @Test(.enabled(if: Shell.canGrow, "growing ext4 needs root with CAP_SYS_RESOURCE"))
    func theDataGrowWhileTheyAreMountedAndKeepWhatIsInThem() throws {
        try withImage { folder, _ in
            // Past 64 groups of 128 MiB, where the kernel has to find room for descriptors.
            let grow = """
                set -e
                truncate -s 12G \(folder)/data
                mkdir \(folder)/mount
                loop=$(losetup --find --show \(folder)/data)
                trap 'umount \(folder)/mount; losetup -d '$loop EXIT
                mount $loop \(folder)/mount
                echo kept > \(folder)/mount/file
                resize2fs $loop
                test "$(cat \(folder)/mount/file)" = kept
                df --output=size -B1G \(folder)/mount | tail -1
                """
            let answer = Shell.run(grow)
            #expect(answer.code == 0, "\(answer.text)")
            let check = Shell.run("e2fsck -f -n \(folder)/data")
            #expect(check.code == 0, "\(check.text)")
        }
    }

    @Test(.enabled(if: Shell.has("cpio"), "cpio is not installed"))
    func cpioListsAndUnpacksTheInitramfs() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let sample = ImageSample()
        let bytes = try sample.bytes(sample.constructor().initramfs(sample.boot))
        try scratch.files.replace(scratch.path + "/archive", with: bytes)
        let list = Shell.run("cpio -t --quiet < \(scratch.path)/archive")
        #expect(
            list.text.split(separator: "\n") == [
                "dev", "modules", "proc", "sys", "sysroot", "modules/0000-zeta.ko",
                "modules/0001-alpha.ko", "init",
            ], "\(list.text)")
        let unpack = Shell.run("cd \(scratch.path) && cpio -i --quiet < archive && test -x init")
        #expect(unpack.code == 0, "\(unpack.text)")
        let program = try LinuxFile.read(scratch.path + "/init")
        #expect(Blob(of: program) == sample.boot.program)
    }

    @Test(.enabled(if: Shell.has("objdump", "objcopy"), "binutils is not installed"))
    func objdumpAndObjcopyFindTheSectionsOfTheKernelImage() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let sample = ImageSample()
        let constructor = try sample.constructor()
        let seal = try constructor.seal()
        let path = scratch.path + "/kernel.efi"
        try scratch.files.replace(path, with: sample.bytes(constructor.unifiedKernel(seal)))
        let list = Shell.run("objdump -h \(path)").text
        for name in [".text", ".osrel", ".cmdline", ".initrd", ".linux"] {
            #expect(list.contains(" \(name) "), "\(list)")
        }
        for (name, expected) in [
            (".linux", sample.contents[0]),
            (".initrd", try sample.bytes(constructor.initramfs(sample.boot))),
        ] {
            let out = Shell.run(
                "objcopy --dump-section \(name)=\(scratch.path)/out \(path) \(scratch.path)/copy")
            #expect(out.code == 0, "\(out.text)")
            #expect(try LinuxFile.read(scratch.path + "/out") == expected, "\(name)")
        }
    }
}
