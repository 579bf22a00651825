// Measures the constructor in a process of its own:
//     ConstructRig make FOLDER MEGABYTES    content and description of a system of that size
//     ConstructRig build FOLDER IMAGE       builds its image; prints speed and memory at the most
internal import Glibc
internal import Host
internal import Reproduction
internal import Resources
internal import Trust

/// Says how to use it and ends.
func refuse() -> Never {
    print("usage: ConstructRig make FOLDER MEGABYTES | build FOLDER IMAGE")
    exit(2)
}

/// A system of eight large files and two thousand small ones; what boots it are bytes alone.
func make(_ folder: String, megabytes: Int) throws {
    let store = BlobStore(disk: LinuxDisk(), path: folder + "/blobs")
    var random = SeededRandom(seed: 1)
    func content(_ count: Int) throws -> Blob {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count {
            let word = random.next()
            for shift in stride(from: 0, to: 64, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
            }
        }
        return try store.put(Array(bytes.prefix(count)))
    }
    var files: [Description.File] = [.init("small", mode: 0o755, .directory)]
    for index in 0..<8 {
        files.append(.init("large-\(index)", mode: 0o755, .file(try content(megabytes << 17))))
    }
    for index in 0..<2000 {
        files.append(.init("small/\(index)", mode: 0o644, .file(try content(500 + index))))
    }
    var parameters = Description.Parameters()
    parameters.rootBytes = Int64(megabytes + 32) << 20
    let stub = try LinuxFile.read("/usr/lib/systemd/boot/efi/linuxx64.efi.stub")
    let boot = Description.Boot(
        kernel: try content(8 << 20), program: try content(7 << 20),
        loader: try content(140 << 10), stub: try store.put(stub),
        guardian: try store.put(Guard.program(for: .x86_64)), commandLine: ["panic=2"])
    let description = try Description(
        sequence: 1, architecture: .x86_64, files: files, boot: boot, parameters: parameters)
    try LinuxFiles().replace(folder + "/description", with: description.encoded)
}

/// What the kernel counted as the most memory of this process, and what it has now, in MiB.
func memory(_ field: String) throws -> Double {
    let text = try LinuxFiles().text("/proc/self/status") ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix(field) } ?? ""
    let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
    return (words.compactMap { Double($0) }.first ?? 0) / 1024
}

func build(_ folder: String, _ image: String) throws {
    let description = try Description(LinuxFile.read(folder + "/description"))
    let before = try memory("VmRSS:")
    let clock = LinuxClock()
    let start = clock.ticks
    let store = BlobStore(disk: LinuxDisk(), path: folder + "/blobs")
    let target = try DiskTarget.newFile(
        LinuxDisk(), image, size: description.parameters.diskBytes)
    var made: Int64 = 0
    let built = try Constructor(description, blobs: store).construct(on: target) {
        made = $0.done
    }
    let seconds = Double(clock.ticks.nanoseconds - start.nanoseconds) / 1e9
    let peak = try memory("VmHWM:")
    print("root \(built.seal.blocks * 4096 >> 20) MiB")
    print("made \(made >> 20) MiB in \(Int(seconds * 1000)) ms")
    print("speed \(Int(Double(made) / seconds / 1e6)) MB/s")
    print("before \(Int(before)) MiB")
    print("peak \(Int(peak)) MiB")
}

let words = CommandLine.arguments
guard words.count == 4 else { refuse() }
switch words[1] {
case "make":
    guard let megabytes = Int(words[3]) else { refuse() }
    try make(words[2], megabytes: megabytes)
case "build": try build(words[2], words[3])
default: refuse()
}
