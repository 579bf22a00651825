import Glibc
import Host

/// Programs of Debian, which judge what our writers wrote.
enum Shell {
    /// What a command said, and how it ended.
    struct Answer {
        let code: Int32
        let text: String
    }

    /// Runs a command line to its end.
    static func run(_ command: String) -> Answer {
        guard let stream = unsafe popen("exec 2>&1; " + command, "r") else {
            return Answer(code: -1, text: "cannot start a shell")
        }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe fread(&part, 1, part.count, stream)
            if count == 0 { break }
            bytes += part[..<count]
        }
        let status = unsafe pclose(stream)
        return Answer(code: status >> 8 & 0xFF, text: String(decoding: bytes, as: UTF8.self))
    }

    /// True when all programs are installed.
    static func has(_ programs: String...) -> Bool {
        programs.allSatisfy { run("command -v \($0)").code == 0 }
    }

    /// True when a mounted ext4 can be grown here: that wants capability 24 (capabilities(7)).
    static var canGrow: Bool {
        let line = run("grep CapEff /proc/self/status").text.split(whereSeparator: \.isWhitespace)
        let effective = line.last.flatMap { UInt64($0, radix: 16) } ?? 0
        return canMount("ext4") && effective >> 24 & 1 == 1
    }

    /// True when file systems can be mounted here.
    static func canMount(_ type: String) -> Bool {
        LinuxSystem.userID == 0
            && run("grep -qw \(type) /proc/filesystems || modprobe \(type)").code == 0
    }
}
