internal import NIOCore
internal import Resources

@testable internal import Bolt
@testable internal import Cypher

extension FuzzTarget {
    /// Statements of the query language: a tree, or an error with its words and a place in the text.
    @Sendable static func statement(_ input: [UInt8]) -> String? {
        let text = String(decoding: input, as: UTF8.self)
        do throws(CypherError) {
            let statement = try Statement(parsing: text)
            let again = try Statement(parsing: text)
            return again.columns == statement.columns ? nil : "the columns changed"
        } catch {
            if error.message.isEmpty { return "refused without a reason" }
            if error.phase != .compileTime { return "failed as if it had run" }
            guard let place = error.place else { return nil }
            let lines = input.count { $0 == 0x0A } + 1
            return place.line < 1 || place.line > lines || place.column < 1
                ? "a place outside of the text" : nil
        }
    }

    /// All that a client of Bolt sends: the handshake, chunks and requests. Pieces make no
    /// difference, and what is read as a value is written and read as the same.
    @Sendable static func bolt(_ input: [UInt8]) -> String? {
        let first = Array(input.prefix(Handshake.length))
        let verdict = Handshake.judge(first)
        for count in 0..<first.count {
            let early = Handshake.judge(first.prefix(count))
            if early != .incomplete, early != verdict { return "a verdict changed" }
        }
        let rest = Array(input.dropFirst(Handshake.length))
        let whole = messages(rest, piece: max(1, rest.count))
        for piece in [1, 7] where messages(rest, piece: piece) != whole {
            return "pieces of \(piece) make a difference"
        }
        for version in BoltVersion.allCases {
            for message in whole.messages {
                if let broken = request(message, version.dialect) { return broken }
            }
        }
        return nil
    }

    private struct Framed: Equatable {
        var messages: [[UInt8]] = []
        var isRefused = false
    }

    /// The messages of a stream up to the first that is too long; bounded as the server's queue is.
    private static func messages(_ bytes: [UInt8], piece: Int) -> Framed {
        var framed = Framed()
        var dechunker = Dechunker()
        do throws(BoltError) {
            for start in stride(from: 0, to: bytes.count, by: piece) {
                let end = min(start + piece, bytes.count)
                dechunker.feed(ByteBuffer(bytes: bytes[start..<end]))
                while let message = try dechunker.next() {
                    framed.messages.append(Array(message.readableBytesView))
                }
            }
        } catch {
            framed.isRefused = true
        }
        return framed
    }

    private static func request(_ message: [UInt8], _ dialect: PackDialect) -> String? {
        do throws(BoltError) { _ = try Request(ByteBuffer(bytes: message), dialect: dialect) } catch
        {
            if error.message.isEmpty || error.code.isEmpty { return "refused without a reason" }
        }
        var reader = PackReader(ByteBuffer(bytes: message), dialect: dialect)
        guard let value = try? reader.value() else { return nil }
        var writer = PackWriter(dialect: dialect)
        writer.write(value)
        let bytes = Array(writer.take().readableBytesView)
        var again = PackReader(ByteBuffer(bytes: bytes), dialect: dialect)
        guard let same = try? again.value() else { return "wrote a value that it does not read" }
        var second = PackWriter(dialect: dialect)
        second.write(same)
        // Bytes are compared: NaN is not itself.
        return Array(second.take().readableBytesView) == bytes ? nil : "a value changed"
    }
}
