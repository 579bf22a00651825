public import Resources
internal import Synchronization
public import Trust

/// Fetches the content of a system for a blank machine that has an invitation: `/bus/birth`.
///
/// What comes is not verified here: a digest names it. Format: Docs/Formats/birth.md.
public final class BirthCourier: Sendable {
    private let invitation: Invitation
    private let loops: BusLoops
    private let open = Mutex<InvitedLink?>(nil)

    /// Fetches from the nodes at the addresses of `invitation`.
    public init(_ invitation: Invitation, loops: BusLoops) {
        self.invitation = invitation
        self.loops = loops
    }

    /// At most `count` bytes of a blob from `offset` on; fewer only at its end. Blocks at most
    /// `milliseconds` for each address.
    public func piece(
        of digest: ContentDigest, at offset: Int64, count: Int,
        milliseconds: Int = Limits.busArrival.value
    ) throws(BusError) -> [UInt8] {
        let question = BirthQuestion(
            invitation: invitation.id, digest: digest, offset: offset, count: count)
        let request = PeerRequest(
            path: PeerGate.birthPath, body: question.bytes(showing: invitation.secret),
            milliseconds: milliseconds)
        if let link = open.withLock({ $0 }), link.isOpen {
            do throws(BusError) { return try BirthQuestion.piece(link.ask(request).body) } catch {
                guard error.kind == .unreachable else { throw error }
            }
        }
        close()
        var failure = InvitedLink.unreachable("the fleet", "the invitation has no address")
        for address in invitation.addresses {
            do throws(BusError) {
                let link = try InvitedLink(
                    to: address, with: invitation, loops: loops, milliseconds: milliseconds)
                let piece: [UInt8]
                do throws(BusError) {
                    piece = try BirthQuestion.piece(link.ask(request).body)
                } catch {
                    link.close()
                    throw error
                }
                open.withLock { $0 = link }
                return piece
            } catch {
                // What the fleet says of the invitation, all its nodes say.
                guard error.kind != .refused else { throw error }
                failure = error
            }
        }
        throw failure
    }

    /// Lets the connection go.
    public func close() {
        let link = open.withLock { $0.take() }
        link?.close()
    }
}

/// Which bytes a blank machine asks for.
public struct BirthQuestion: Hashable, Sendable {
    /// Its invitation, which is also the name of the birth.
    public let invitation: Identifier
    /// The blob, or the description of the generation.
    public let digest: ContentDigest
    /// From which byte on.
    public let offset: Int64
    /// How many bytes at most.
    public let count: Int

    private static let version: UInt64 = 1

    init(invitation: Identifier, digest: ContentDigest, offset: Int64, count: Int) {
        self.invitation = invitation
        self.digest = digest
        self.offset = offset
        self.count = min(count, Limits.entriesBytes.value)
    }

    /// `[1, invitation, secret, digest, offset, count]`.
    func bytes(showing secret: SecretBytes) -> [UInt8] {
        var writer = CBORWriter()
        writer.beginList(6)
        writer.write(unsigned: Self.version)
        writer.write(invitation)
        writer.write(bytes: secret.withBytes { $0 })
        writer.write(bytes: digest.bytes)
        writer.write(unsigned: UInt64(offset))
        writer.write(unsigned: UInt64(count))
        return writer.bytes
    }

    /// Reads a question; `secret` is what was shown with it, by its digest.
    public static func read(
        _ bytes: [UInt8]
    ) throws(BusError) -> (question: BirthQuestion, secret: [UInt8]) {
        var parts: (BirthQuestion, [UInt8])?
        do throws(CBORError) { parts = try split(bytes) } catch {
            throw .malformed("read", "a question of a birth", error.reason.rawValue)
        }
        guard let parts else {
            throw .malformed("read", "a question of a birth", "it is of another format")
        }
        return parts
    }

    private static func split(_ bytes: [UInt8]) throws(CBORError) -> (BirthQuestion, [UInt8])? {
        var reader = CBORReader(bytes)
        guard try reader.beginList() == 6, try reader.readUnsigned() == version else { return nil }
        let invitation = try reader.readIdentifier()
        var shown = try reader.readBytes()
        let secret = SecretBytes(taking: &shown)
        let digest = ContentDigest(bytes: try reader.readBytes())
        let offset = Int64(exactly: try reader.readUnsigned())
        let count = Int(clamping: try reader.readUnsigned())
        try reader.finish()
        guard let digest, let offset else { return nil }
        return (
            BirthQuestion(invitation: invitation, digest: digest, offset: offset, count: count),
            Invitation.digest(of: secret)
        )
    }

    /// The answer: `[1, bytes]`.
    public static func answer(_ bytes: [UInt8]) -> [UInt8] {
        var writer = CBORWriter(capacity: bytes.count + 16)
        writer.beginList(2)
        writer.write(unsigned: version)
        writer.write(bytes: bytes)
        return writer.bytes
    }

    static func piece(_ answer: [UInt8]) throws(BusError) -> [UInt8] {
        var piece: [UInt8]?
        do throws(CBORError) {
            var reader = CBORReader(answer)
            if try reader.beginList() == 2, try reader.readUnsigned() == version {
                piece = try reader.readBytes()
                try reader.finish()
            }
        } catch { throw .malformed("read", "a piece of a birth", error.reason.rawValue) }
        guard let piece else {
            throw .malformed("read", "a piece of a birth", "it is of another format")
        }
        return piece
    }
}
