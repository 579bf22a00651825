internal import Resources

/// System V shared memory, by `/proc/sysvipc/shm` (proc_sysvipc(5)).
enum SharedMemory {
    static let path = "/proc/sysvipc/shm"

    /// The segments of the table; lines that cannot be read are left out.
    static func seen(_ text: [UInt8], boot: String) -> [Seen] {
        text.split(separator: 10).dropFirst().compactMap { line in
            let words = line.split(separator: 32)
            // key shmid perms size cpid lpid nattch uid gid cuid cgid atime dtime ctime …
            guard words.count >= 14, let number = decimal(words[1]), let mode = octal(words[2]),
                let size = decimal(words[3]), let creator = decimal(words[4]),
                let attached = decimal(words[6]), let user = decimal(words[7]),
                let maker = decimal(words[9])
            else { return nil }
            var data: ValueMap = [
                "shmid": .int(Int64(clamping: number)), "key": .text(key(words[0])),
                "permissions": .text(String(mode & 0o777, radix: 8)),
                "size": .int(Int64(clamping: size)), "uid": .int(Int64(clamping: user)),
                "creatorUid": .int(Int64(clamping: maker)),
                "creatorPid": .int(Int64(clamping: creator)),
                "attached": .int(Int64(clamping: attached)),
            ]
            if mode & 0o1000 != 0 { data["removed"] = true }
            if mode & 0o2000 != 0 { data["locked"] = true }
            // The number holds a sequence number, but wraps; the creator tells segments apart.
            return Seen(
                subject: Observation.Subject(
                    type: Kind.sharedMemory, name: subjectName(String(number))),
                identity: "\(boot):\(number):\(creator)", data: data)
        }
    }

    /// A key is printed as a signed decimal.
    private static func key(_ word: ArraySlice<UInt8>) -> String {
        let isNegative = word.first == UInt8(ascii: "-")
        let size = decimal(isNegative ? word.dropFirst() : word) ?? 0
        let number = UInt32(truncatingIfNeeded: isNegative ? 0 &- size : size)
        return "0x" + String(number, radix: 16)
    }

    private static func octal(_ word: ArraySlice<UInt8>) -> UInt32? {
        UInt32(String(decoding: word, as: UTF8.self), radix: 8)
    }
}
