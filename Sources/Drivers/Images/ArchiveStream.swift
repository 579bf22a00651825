internal import Host
internal import Resources

/// The bytes of an archive on their way to its reader: decompressed where they must be, counted
/// and digested, so that one pass gives the digest of the uncompressed layer as well.
final class ArchiveStream {
    private enum Origin { case file(OpenFile), bytes(ArraySlice<UInt8>) }

    /// Bytes read and decompressed in one go.
    private static let piece = 1 << 18

    /// What messages call it.
    let name: String
    private let ceilings: ImageCeilings
    private var origin: Origin
    private var inflater: Inflater?
    private var input: [UInt8] = []
    private var inputRange = 0..<0
    private var inputEnded = false
    private var taken = 0
    private var output = [UInt8](repeating: 0, count: ArchiveStream.piece)
    private var range = 0..<0
    private var digester = Digester()
    /// Uncompressed bytes so far.
    private(set) var count = 0

    /// The archive in a file.
    convenience init(
        _ path: String, name: String? = nil, ceilings: ImageCeilings
    ) throws(DriverError) {
        let file = try translating { () throws(ProcessError) in try OpenFile.reading(path) }
        try self.init(origin: .file(file), name: name ?? path, ceilings: ceilings)
    }

    /// The archive in memory.
    convenience init(
        bytes: [UInt8], name: String, ceilings: ImageCeilings
    ) throws(DriverError) {
        try self.init(origin: .bytes(bytes[...]), name: name, ceilings: ceilings)
    }

    private init(
        origin: Origin, name: String, ceilings: ImageCeilings
    ) throws(DriverError) {
        self.origin = origin
        self.name = name
        self.ceilings = ceilings
        try fillInput()
        guard let form = Inflater.Form(magic: input[inputRange]) else { return }
        inflater = try translating { () throws(ProcessError) in try Inflater(form) }
    }

    /// At most so many of the next bytes; none at the end.
    func next(atMost most: Int) throws(DriverError) -> ArraySlice<UInt8> {
        if range.isEmpty { try fill() }
        let part = range.lowerBound..<min(range.upperBound, range.lowerBound + most)
        range = part.upperBound..<range.upperBound
        return output[part]
    }

    /// Exactly so many of the next bytes; nil when the archive ends before the first of them.
    func block(_ size: Int) throws(DriverError) -> [UInt8]? {
        var bytes: [UInt8] = []
        while bytes.count < size {
            let piece = try next(atMost: size - bytes.count)
            if piece.isEmpty {
                if bytes.isEmpty { return nil }
                throw truncated
            }
            bytes += piece
        }
        return bytes
    }

    /// Passes over so many bytes.
    func skip(_ size: Int) throws(DriverError) {
        var rest = size
        while rest > 0 {
            let piece = try next(atMost: rest)
            if piece.isEmpty { throw truncated }
            rest -= piece.count
        }
    }

    /// Reads what follows the archive's last entry, and gives the digest of all bytes.
    func finish() throws(DriverError) -> ImageDigest {
        while !(try next(atMost: Self.piece).isEmpty) {}
        return digester.digest
    }

    var truncated: DriverError { .image(name, "the archive ends in the middle of an entry") }

    private func fill() throws(DriverError) {
        var made = 0
        if let inflater {
            made = try inflate(inflater)
        } else if !inputRange.isEmpty {
            // What the look at the first bytes has read.
            made = min(inputRange.count, output.count)
            output.replaceSubrange(0..<made, with: input[inputRange.prefix(made)])
            inputRange = inputRange.dropFirst(made)
        } else {
            made = try read(into: &output)
        }
        range = 0..<made
        count += made
        try checkSize()
        digester.add(output[range])
    }

    private func inflate(_ inflater: Inflater) throws(DriverError) -> Int {
        while true {
            if inputRange.isEmpty, !inputEnded { try fillInput() }
            let step: (used: Int, made: Int)
            do throws(ProcessError) {
                step = try inflater.step(input[inputRange], into: &output)
            } catch { throw .image(name, error.cause) }
            inputRange = inputRange.dropFirst(step.used)
            if step.made > 0 { return step.made }
            if inputRange.isEmpty, inputEnded {
                guard inflater.isWhole else { throw .image(name, "the compressed data is cut") }
                return 0
            }
            guard step.used > 0 || inputRange.isEmpty else {
                throw .image(name, "the compressed data is damaged")
            }
        }
    }

    private func checkSize() throws(DriverError) {
        if count > ceilings.layer { throw .beyond(Limits.layerBytes, ceilings.layer, name) }
        guard inflater != nil, count > ceilings.ratioFree else { return }
        if count / ceilings.ratio > max(taken, 1) {
            throw .beyond(Limits.layerRatio, ceilings.ratio, name)
        }
    }

    private func fillInput() throws(DriverError) {
        if input.isEmpty { input = [UInt8](repeating: 0, count: Self.piece) }
        let count = try read(into: &input)
        inputRange = 0..<count
        inputEnded = count == 0
    }

    private func read(into buffer: inout [UInt8]) throws(DriverError) -> Int {
        let count: Int
        switch origin {
        case .file(let file):
            do throws(ProcessError) { count = try file.read(into: &buffer) } catch {
                throw DriverError(error)
            }
        case .bytes(let bytes):
            count = min(bytes.count, buffer.count)
            buffer.replaceSubrange(0..<count, with: bytes.prefix(count))
            origin = .bytes(bytes.dropFirst(count))
        }
        taken += count
        return count
    }
}
