internal import Host
public import Resources
internal import Synchronization

extension FileLoglet {
    public func read(
        from position: Position, maximumBytes: Int
    ) throws(LogError) -> [LogEntry] {
        let view = published.withLock { $0 }
        if view.state == .closed { throw .closed }
        let position = max(position, Position(1))
        guard position <= view.tail else { return [] }
        guard let first = view.segments.first?.first, position >= first else {
            throw .trimmed(first: view.segments.first?.first ?? view.tail.next)
        }
        do {
            return try read(from: position, maximumBytes: maximumBytes, in: view)
        } catch LogError.disk(let error) where error.errno == DiskError.notFound {
            throw .trimmed(first: self.first)
        }
    }

    /// Bytes read at a time when a reader follows the log.
    private static var chunk: Int { 256 << 10 }

    private func read(
        from position: Position, maximumBytes: Int, in view: Published
    ) throws(LogError) -> [LogEntry] {
        var sink = EntrySink(
            mount: mount, from: position, limit: view.tail, maximumBytes: maximumBytes)
        var number = view.segments.lastIndex { $0.first <= position } ?? 0
        var expected: Expectation?
        while number < view.segments.count, !sink.isFull {
            let segment = view.segments[number]
            let isLast = number == view.segments.count - 1
            let file = try openSegment(segment)
            var scanner = SegmentScanner(
                file, size: segment.bytes, direct: false, chunk: Self.chunk)
            var offset = SegmentHeader.bytes
            if expected == nil, isLast,
                let point = view.index.last(where: { $0.position <= position })
            {
                offset = point.offset
                expected = Expectation(
                    log: identity.log, position: point.position, previous: point.previous,
                    epoch: point.epoch)
            } else {
                expected = try begin(segment, &scanner, after: expected)
            }
            let end = isLast ? view.tail : Position(view.segments[number + 1].first.rawValue - 1)
            if var next = expected {
                try collect(&next, through: end, in: segment, &scanner, offset, &sink)
                expected = next
            }
            number += 1
        }
        return sink.entries
    }

    /// Checks that a segment continues what was read before it.
    private func begin(
        _ segment: Segment, _ scanner: inout SegmentScanner<D.File>, after: Expectation?
    ) throws(LogError) -> Expectation {
        let header: Result<SegmentHeader, FormatFlaw>
        do { header = try scanner.header() } catch { throw .disk(error) }
        switch header {
        case .failure(let flaw):
            throw .corrupt(
                Defect(
                    position: segment.first, file: segment.path, offset: 0, reason: flaw.reason))
        case .success(let header):
            let found = Expectation(
                log: header.log, position: header.first, previous: header.previous,
                epoch: header.epoch)
            let fits =
                header.log == identity.log && header.first == segment.first
                && (after.map { $0.position == found.position && $0.previous == found.previous }
                    ?? true)
            guard fits else {
                throw .corrupt(
                    Defect(
                        position: segment.first, file: segment.path, offset: 0,
                        reason: "the segment does not continue the one before"))
            }
            return found
        }
    }

    private func collect(
        _ expected: inout Expectation, through end: Position, in segment: Segment,
        _ scanner: inout SegmentScanner<D.File>, _ offset: Int, _ sink: inout EntrySink
    ) throws(LogError) {
        var offset = offset
        while expected.position <= end, !sink.isFull {
            let reading: BatchReading
            do { reading = try scanner.next(expected, at: offset, sink: &sink) } catch {
                throw .disk(error)
            }
            switch reading {
            case .batch(let batch):
                offset += batch.bytes
                expected.position = batch.last.next
                expected.previous = batch.hash
                expected.epoch = batch.epoch
            case .invalid(let flaw):
                throw .corrupt(
                    Defect(
                        position: flaw.position, file: segment.path, offset: flaw.offset,
                        reason: flaw.reason))
            case .zeros, .short:
                throw .corrupt(
                    Defect(
                        position: expected.position, file: segment.path, offset: offset,
                        reason: "entries known to be written are missing"))
            }
        }
    }

    private func openSegment(_ segment: Segment) throws(LogError) -> D.File {
        if let kept = readCache.withLock({ $0 }), kept.segment == segment { return kept.file }
        let file: D.File
        do { file = try disk.open(segment.path, writing: false) } catch { throw .disk(error) }
        readCache.withLock { $0 = OpenSegment(segment: segment, file: file) }
        return file
    }
}
