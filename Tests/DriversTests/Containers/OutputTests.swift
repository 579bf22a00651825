internal import Glibc
internal import Resources
internal import Testing

@testable internal import Drivers
@testable internal import Host

/// What programs said: over rotation, over restarts, and while they go on.
@Suite struct OutputTests {
    private struct Machine {
        let processes: LinuxProcesses
        let ends = Ends()
        let driver: ProcessDriver<LinuxProcesses>
        let reader: OutputReader

        init(_ scratch: Scratch) throws {
            processes = try LinuxProcesses(ledger: scratch.path + "/instances")
            let ends = ends
            driver = ProcessDriver(processes: processes) { ends.note($0, $1) }
            reader = OutputReader(processes)
            _ = try driver.observe()
        }

        func start(_ script: String) throws -> Identifier {
            var instance = Instance(
                id: identifier(), name: "talk-0", device: .host,
                command: ["/bin/sh", "-c", script])
            instance.task = "a/talk-0"
            instance.environment = ["PATH": ExecutablePath.standard]
            _ = try driver.start(instance)
            return instance.id
        }

        func run(_ script: String) throws -> Identifier {
            let id = try start(script)
            #expect(ends.wait(for: id) != nil)
            return id
        }
    }

    private func with(_ body: (Machine) throws -> Void) throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        try body(try Machine(scratch))
    }

    @Test func linesOfSeveralLivesAreKeptWithTheLifeTheyAreOf() throws {
        try with { machine in
            let first = try machine.run("echo one; echo two")
            try machine.driver.remove(first)
            let second = try machine.run("echo three; printf open")
            let (lines, next) = try machine.reader.tail(of: "a/talk-0", lines: 3)
            #expect(lines.map(\.text) == ["two", "three", "open"])
            #expect(lines.map(\.life) == [first, second, second])
            #expect(next == OutputPosition(life: second, offset: 10))
            #expect(try machine.reader.read("a/talk-0", after: next).lines.isEmpty)
            try machine.driver.remove(second)
            let all = try machine.reader.read("a/talk-0", after: OutputPosition())
            #expect(all.lines.map(\.text) == ["one", "two", "three", "open"])
            try machine.processes.forgetOutput(of: "a/talk-0")
            #expect(try machine.reader.lives(of: "a/talk-0").isEmpty)
        }
    }

    @Test func aFollowerSeesEachLineOnceOverRestarts() throws {
        try with { machine in
            var place = OutputPosition()
            var seen: [String] = []
            for life in 0..<4 {
                let id = try machine.start("for n in 1 2 3; do echo \(life)-$n; done")
                #expect(
                    try eventually {
                        let (lines, next) = try machine.reader.read("a/talk-0", after: place)
                        seen += lines.map(\.text)
                        place = next
                        return seen.last == "\(life)-3"
                    })
                #expect(machine.ends.wait(for: id) != nil)
                try machine.driver.remove(id)
            }
            #expect(seen == (0..<4).flatMap { life in (1...3).map { "\(life)-\($0)" } })
        }
    }

    @Test func onlyTheLastLivesAreKept() throws {
        try with { machine in
            for life in 0..<Limits.outputLives.value + 3 {
                try machine.driver.remove(try machine.run("echo \(life)"))
            }
            let lives = try machine.reader.lives(of: "a/talk-0")
            #expect(lives.count == Limits.outputLives.value)
            let (lines, _) = try machine.reader.tail(of: "a/talk-0", lines: 100)
            #expect(lines.first?.text == "3")
            #expect(lines.last?.text == "\(Limits.outputLives.value + 2)")
        }
    }

    @Test func rotationGivesRoomBackAndLosesNoLineThatFollows() throws {
        try with { machine in
            let id = try machine.start("n=0; while :; do n=$((n+1)); echo line-$n; done")
            var place = OutputPosition()
            var seen: [Int] = []
            var cuts = 0
            let path = machine.processes.output(of: id)
            let file = OpenFile(unsafe open(path, O_RDWR | O_CREAT | O_APPEND, 0o600), path: path)
            let isCut = try eventually {
                let (lines, next) = try machine.reader.read("a/talk-0", after: place)
                seen += lines.map { Int($0.text.dropFirst(5)) ?? -1 }
                place = next
                // What has been read goes while the program writes on.
                if place.offset >= Int64(cuts + 1) * 100_000 {
                    try file.release(upTo: place.offset & ~4095)
                    cuts += 1
                }
                return cuts >= 5
            }
            #expect(isCut)
            #expect(seen == Array(1...seen.count))
            try machine.driver.stop(id, graceMilliseconds: 0)
            #expect(machine.ends.wait(for: id) != nil)
            let status = try OpenFile.reading(path).status()
            #expect(status.allocated < status.bytes)
            // From the start: the first kept line is whole, and none is missing after it.
            var (lines, next) = try machine.reader.read("a/talk-0", after: OutputPosition())
            while true {
                let more = try machine.reader.read("a/talk-0", after: next)
                if more.lines.isEmpty { break }
                lines += more.lines
                next = more.next
            }
            let numbers = lines.compactMap { Int($0.text.dropFirst(5)) }
            #expect(numbers.count == lines.count && numbers.first ?? 0 > 1)
            #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $0 + 1 == $1 })
            let tail = try machine.reader.tail(of: "a/talk-0", lines: 5)
            #expect(tail.lines.map(\.text) == lines.suffix(5).map(\.text))
        }
    }

    @Test func aLineWithoutEndComesInPieces() throws {
        try with { machine in
            _ = try machine.run("head -c 150000 /dev/zero | tr '\\000' x; echo; echo end")
            let (lines, _) = try machine.reader.read("a/talk-0", after: OutputPosition())
            #expect(lines.map(\.text.utf8.count) == [65_536, 65_536, 150_000 - 131_072, 3])
            #expect(lines.map(\.offset) == [0, 65_536, 131_072, 150_001])
        }
    }
}
