/// An archive of the kernel's initramfs: cpio in the form "newc"
/// (Documentation/driver-api/early-userspace/buffer-format.rst of Linux).
struct CpioArchive {
    private var rope = Rope()
    private var entries = 0
    private let timestamp: Int64

    /// An archive whose entries all have that time.
    init(timestamp: Int64) { self.timestamp = timestamp }

    /// Adds a directory. What it is in has to be there already.
    mutating func add(directory path: String) {
        addHeader(path, mode: 0o040755, size: 0)
    }

    /// Adds a file.
    mutating func add(file path: String, _ blob: Blob, isProgram: Bool = false) {
        addHeader(path, mode: isProgram ? 0o100755 : 0o100644, size: blob.size)
        rope.append(blob)
        rope.pad(toMultipleOf: 4)
    }

    /// The archive with its end, padded to 512 bytes as cpio itself does.
    consuming func finish() -> Rope {
        entries = -1
        addHeader("TRAILER!!!", mode: 0, size: 0)
        rope.pad(toMultipleOf: 512)
        return rope
    }

    /// A header of 13 numbers in eight hexadecimal digits, the name with a zero, padded to 4.
    private mutating func addHeader(_ name: String, mode: Int64, size: Int64) {
        entries += 1
        let isTrailer = entries == 0
        let numbers: [Int64] = [
            Int64(entries), mode, 0, 0, 1, isTrailer ? 0 : timestamp, size, 0, 0, 0, 0,
            Int64(name.utf8.count) + 1, 0,
        ]
        var bytes = Array("070701".utf8)
        for number in numbers {
            let digits = String(number, radix: 16, uppercase: true)
            bytes += Array(repeating: 0x30, count: 8 - digits.utf8.count) + Array(digits.utf8)
        }
        bytes += Array(name.utf8) + [0]
        rope.append(bytes)
        rope.pad(toMultipleOf: 4)
    }
}
