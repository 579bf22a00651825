internal import Resources
internal import Trust

extension Constructor {
    /// What boots the system, or a refusal when nothing does.
    func bootParts() throws(ReproductionError) -> Description.Boot {
        guard let boot = description.boot else {
            throw ReproductionError(
                .refused, operation: "construct", subject: "a bootable image",
                cause: "the description has no kernel, it is for somebody else's Linux",
                remedy: "copy it to a directory or a host")
        }
        return boot
    }

    /// The unified kernel image for a sealed root.
    public func unifiedKernel(_ seal: RootSeal) throws(ReproductionError) -> Rope {
        let boot = try bootParts()
        let sections = [
            UnifiedKernel.Section(name: ".osrel", content: Rope(Array(release.utf8))),
            UnifiedKernel.Section(
                name: ".cmdline", content: Rope(Array(commandLine(boot, seal).utf8))),
            UnifiedKernel.Section(name: ".initrd", content: initramfs(boot)),
            UnifiedKernel.Section(name: ".linux", content: Rope(boot.kernel)),
        ]
        let machine: PEHeader.Machine =
            switch description.architecture {
            case .x86_64: .x86_64
            case .aarch64: .aarch64
            }
        return try UnifiedKernel(stub: stub(boot), sections, machine: machine).content
    }

    /// What a machine is started with that boots without firmware, as an emulator can.
    public struct DirectBoot: Sendable {
        /// The kernel.
        public let kernel: Rope
        /// Its first files.
        public let initramfs: Rope
        /// Its command line.
        public let words: String
    }

    /// What starts the system of a sealed root without firmware and loader.
    public func directBoot(_ seal: RootSeal) throws(ReproductionError) -> DirectBoot {
        let boot = try bootParts()
        return DirectBoot(
            kernel: Rope(boot.kernel), initramfs: initramfs(boot),
            words: commandLine(boot, seal))
    }

    /// The unified kernel image's name among those that the loader counts tries of
    /// (uapi-group.org, "Automatic Boot Assessment"), relative to the ESP.
    public var unifiedKernelPath: String {
        "EFI/Linux/pisces_\(description.sequence)+\(Limits.bootTries.value).efi"
    }

    /// The whole stub: its headers are changed.
    private func stub(_ boot: Description.Boot) throws(ReproductionError) -> [UInt8] {
        guard boot.stub.size <= Int64(Limits.bootStub.value) else {
            throw ReproductionError(
                .tooLarge, operation: "construct", subject: "the boot image",
                cause: "its stub has \(boot.stub.size) bytes",
                remedy: "take one of at most \(Limits.bootStub.value)")
        }
        var bytes: [UInt8] = []
        try blobs.read(boot.stub) { bytes += $0 }
        return bytes
    }

    /// What the loader shows and sorts by: systemd-boot starts the highest version
    /// (os-release(5), systemd-boot(7)).
    private var release: String {
        """
        ID=pisces
        IMAGE_ID=pisces
        NAME=Pisces
        PRETTY_NAME="Pisces \(description.sequence)"
        VERSION_ID=\(description.sequence)
        IMAGE_VERSION=\(description.sequence)

        """
    }

    /// The described words, then those that are derived, which win (Docs/Formats/image.md).
    private func commandLine(_ boot: Description.Boot, _ seal: RootSeal) -> String {
        (boot.commandLine + seal.words + ["pisces.generation=\(digest.hex)"])
            .joined(separator: " ")
    }

    /// The initramfs: the small program as `/init`, and the modules, whose names begin with their
    /// place so that their order is that of the description.
    func initramfs(_ boot: Description.Boot) -> Rope {
        var archive = CpioArchive(timestamp: description.parameters.timestamp)
        for directory in ["dev", "modules", "proc", "sys", "sysroot"] {
            archive.add(directory: directory)
        }
        for (index, module) in description.modules.enumerated() {
            let digits = String(index)
            let number = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
            let name = module.path.split(separator: "/").last ?? ""
            archive.add(file: "modules/\(number)-\(name)", module.blob)
        }
        archive.add(file: "init", boot.program, isProgram: true)
        return archive.finish()
    }

    /// The file system of the firmware's partition.
    func bootVolume(
        _ boot: Description.Boot, _ seal: RootSeal, size: Int64
    ) throws(ReproductionError) -> Rope {
        let serial = ContentDigest(of: description.parameters.seed + Array("esp".utf8)).bytes
        var volume = try FATVolume(
            size: size, label: "PISCES-ESP", serial: UInt32(serial.word(0)),
            timestamp: description.parameters.timestamp)
        let suffix = description.architecture == .x86_64 ? "x64" : "aa64"
        try volume.add("EFI/BOOT/BOOT\(suffix.uppercased()).EFI", Rope(boot.guardian))
        try volume.add("EFI/systemd/systemd-boot\(suffix).efi", Rope(boot.loader))
        try volume.add(unifiedKernelPath, try unifiedKernel(seal))
        try volume.add("loader/loader.conf", Rope(Array("timeout 0\n".utf8)))
        return try volume.content()
    }
}
