public import Host
public import Resources

/// A line that a life of a task has said.
public struct OutputLine: Hashable, Sendable {
    /// The life.
    public let life: Identifier
    /// Where it begins in what the life said.
    public let offset: Int64
    /// The line without its end.
    public let text: String
}

/// A place in the output of a task: what comes before it has been read.
public struct OutputPosition: Hashable, Sendable {
    /// The life; nil before the first.
    public var life: Identifier?
    /// Bytes of it that have been read.
    public var offset: Int64

    /// The place before all that is kept, or one of a life.
    public init(life: Identifier? = nil, offset: Int64 = 0) {
        self.life = life
        self.offset = offset
    }
}

/// Reads what the lives of a task have said, the oldest kept one first.
public struct OutputReader: Sendable {
    private let processes: LinuxProcesses
    private let files = LinuxFiles()

    /// The output of what those processes run and ran.
    public init(_ processes: LinuxProcesses) { self.processes = processes }

    /// The lives of a task whose output is kept, the oldest first.
    public func lives(of task: String) throws(DriverError) -> [Identifier] {
        try translating { () throws(ProcessError) in
            try files.names(in: processes.outputs(of: task)).compactMap { Identifier($0) }
        }
    }

    /// The last lines of a task, and the place after them.
    public func tail(
        of task: String, lines: Int
    ) throws(DriverError) -> (lines: [OutputLine], next: OutputPosition) {
        let wanted = max(0, min(lines, Limits.outputLines.value))
        var found: [OutputLine] = []
        var next = OutputPosition()
        var room = Limits.outputRead.value
        for life in try lives(of: task).reversed() where found.count < wanted || next.life == nil {
            guard let file = try open(task, life) else { continue }
            let size = try translating { () throws(ProcessError) in try file.status().bytes }
            var start = size
            var read = ([OutputLine](), next: size)
            var step = Int64(1 << 16)
            // Twice as far back each time, until there are enough lines or nothing is before.
            repeat {
                start = max(0, size - min(step, Int64(room)))
                read = try pieces(file, life, start, size, isEnd: isOver(task, life))
                step *= 2
            } while read.0.count < wanted - found.count && start > 0 && step <= Int64(room)
            if next.life == nil { next = OutputPosition(life: life, offset: read.next) }
            found = read.0.suffix(wanted - found.count) + found
            room -= Int(size - start)
            if room <= 0 { break }
        }
        return (found, next)
    }

    /// What came after a place, over the ends of lives; as much as one answer may hold. With
    /// nothing new there are no lines: ask again later.
    public func read(
        _ task: String, after place: OutputPosition
    ) throws(DriverError) -> (lines: [OutputLine], next: OutputPosition) {
        var found: [OutputLine] = []
        var next = place
        var room = Int64(Limits.outputRead.value)
        for life in try lives(of: task) where place.life.map({ life >= $0 }) ?? true {
            guard room > 0, let file = try open(task, life) else { continue }
            var offset = life == place.life ? place.offset : 0
            let size = try translating { () throws(ProcessError) in try file.status().bytes }
            // A program that cut its own output begins anew.
            if offset > size { offset = 0 }
            let end = min(size, max(offset, file.data(from: offset) ?? size) + room)
            let isEnd = isOver(task, life) && end == size
            let (lines, after) = try pieces(file, life, offset, end, isEnd: isEnd)
            found += lines
            room -= end - offset
            next = OutputPosition(life: life, offset: after)
            // The next life is read when this one has nothing more to say.
            if after < size { break }
        }
        return (found, next)
    }

    private func open(_ task: String, _ life: Identifier) throws(DriverError) -> OpenFile? {
        let path = "\(processes.outputs(of: task))/\(life)"
        // A link whose instance said nothing yet leads nowhere.
        guard files.kind(path) != nil else { return nil }
        return try translating { () throws(ProcessError) in try OpenFile.reading(path) }
    }

    /// True when a life says no more.
    private func isOver(_ task: String, _ life: Identifier) -> Bool {
        let path = "\(processes.outputs(of: task))/\(life)"
        return files.kind(path, following: false) != .link
            || files.kind(processes.folder(of: life) + "/ended") != nil
    }

    /// The whole lines between two offsets, and where they end. The first is left out when it
    /// began before; the last, without its end, is taken when none can follow.
    private func pieces(
        _ file: OpenFile, _ life: Identifier, _ start: Int64, _ end: Int64, isEnd: Bool
    ) throws(DriverError) -> ([OutputLine], next: Int64) {
        let first = min(end, file.data(from: start) ?? end)
        let bytes = try translating { () throws(ProcessError) in
            try file.read(at: first, atMost: Int(end - first))
        }
        var rest = bytes[...]
        var offset = first
        if first > 0, !(try startsLine(file, first)) {
            let head = rest.firstIndex(of: 0x0A).map { $0 + 1 } ?? rest.endIndex
            offset += Int64(head)
            rest = rest[head...]
        }
        var lines: [OutputLine] = []
        while let newline = rest.firstIndex(of: 0x0A) {
            append(rest[..<newline], life, offset, to: &lines)
            offset += Int64(newline - rest.startIndex + 1)
            rest = rest[(newline + 1)...]
        }
        if !rest.isEmpty, isEnd || rest.count >= Limits.outputLine.value {
            append(rest, life, offset, to: &lines)
            offset += Int64(rest.count)
            rest = []
        }
        return (lines, offset)
    }

    private func startsLine(_ file: OpenFile, _ offset: Int64) throws(DriverError) -> Bool {
        let before = try translating { () throws(ProcessError) in
            try file.read(at: offset - 1, atMost: 1)
        }
        return before == [0x0A]
    }

    /// A line beyond the limit comes in pieces.
    private func append(
        _ bytes: ArraySlice<UInt8>, _ life: Identifier, _ offset: Int64,
        to lines: inout [OutputLine]
    ) {
        var rest = bytes
        repeat {
            let piece = rest.prefix(Limits.outputLine.value)
            lines.append(
                OutputLine(
                    life: life, offset: offset + Int64(piece.startIndex - bytes.startIndex),
                    text: String(decoding: piece, as: UTF8.self)))
            rest = rest.dropFirst(piece.count)
        } while !rest.isEmpty
    }
}
