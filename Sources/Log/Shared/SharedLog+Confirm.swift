internal import Host
public import Resources

/// What the log itself says of a point that a machine claims to have reached.
public enum LogWitness: Hashable, Sendable {
    /// The entry that stands there has that hash, or the next one goes on from it.
    case same
    /// Another entry stands there.
    case other
    /// The log ends before it.
    case beyond
    /// One machine orders what stands there, in its own files: nobody else can say.
    case file(of: ResourceName)
    /// It cannot be read now.
    case unknown
}

extension SharedLog {
    /// Holds `point` against what orders the log now, which no single machine can forge.
    public func confirm(_ point: ChainPoint) -> LogWitness {
        do throws(LogError) {
            try refresh()
            let chain = try known()
            guard let link = chain.links.last(where: { $0.first <= point.position }) else {
                return .unknown
            }
            if link.isFile { return link.machine.map { .file(of: $0) } ?? .unknown }
            return try confirm(point, by: loglet(link, of: chain), of: link)
        } catch { return .unknown }
    }

    private func confirm(
        _ point: ChainPoint, by loglet: any SharedLoglet, of link: Chain.Link
    ) throws(LogError) -> LogWitness {
        do throws(LogError) {
            let found = try loglet.read(from: point.position, maximumBytes: 1).first
            guard let found, link.last.map({ point.position <= $0 }) ?? true else {
                return link.last == nil ? .beyond : .unknown
            }
            guard found.header.position == point.position else { return .unknown }
            return found.chainHash == point.hash ? .same : .other
        } catch {
            // Of an entry that is gone the one behind it says what it was.
            guard case .trimmed(let first) = error, first == point.position.next,
                let next = try loglet.read(from: first, maximumBytes: 1).first,
                next.header.position == first
            else { return .unknown }
            return next.follows(point.hash, in: copy.id) ? .same : .other
        }
    }
}
