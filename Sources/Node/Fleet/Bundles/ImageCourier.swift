internal import Bus
internal import Drivers
internal import Resources
internal import Trust

/// Brings images to this machine that another one of the fleet has: a task names the digest of an
/// image, which says all of its content, so whoever gives it cannot give another.
public final class ImageCourier: Sendable {
    /// The service that gives pieces of blobs.
    static let path = "/bus/blob"

    private let store: ImageStore
    private let peers: any Peers
    private let others: @Sendable () -> [ResourceName]

    /// The courier of `store`; `others` are the machines to ask, the most likely first.
    init(
        _ store: ImageStore, peers: any Peers, others: @escaping @Sendable () -> [ResourceName]
    ) {
        self.store = store
        self.peers = peers
        self.others = others
    }

    /// Has that image in the store; asks the other machines when it is not there. Refused when none
    /// of them gives it whole.
    func bring(_ digest: ImageDigest) throws(DriverError) {
        if try store.image(digest) != nil { return }
        var causes: [String] = []
        for machine in others() {
            do throws(DriverError) {
                _ = try store.fetchImage(digest, of: machine.text) {
                    [peers] (blob, offset, count) throws(DriverError) in
                    try Self.ask(machine, for: blob, offset, count, peers)
                }
                return
            } catch { causes.append("\(machine): \(error.cause)") }
        }
        throw DriverError(
            .unknownImage, operation: "fetch image", subject: "\(digest)",
            cause: causes.isEmpty
                ? "it is not on this machine, and there is no other"
                : "it is not on this machine, and no other gives it "
                    + "(\(causes.joined(separator: "; ")))",
            remedy: "bring it with pisces image import")
    }

    private static func ask(
        _ machine: ResourceName, for blob: ImageDigest, _ offset: Int, _ count: Int,
        _ peers: any Peers
    ) throws(DriverError) -> [UInt8] {
        guard let digest = ContentDigest(blob.digits) else { return [] }
        let question = BundleForm.Question(digest: digest, offset: offset, count: count)
        let request = PeerRequest(
            path: path, body: BundleForm.encode(question), milliseconds: Limits.busArrival.value)
        do throws(BusError) { return try BundleForm.bytes(peers.call(machine, request).body) } catch
        {
            throw DriverError(
                .failed, operation: "fetch blob", subject: "\(blob)", cause: error.cause,
                remedy: error.remedy)
        }
    }

    /// Answers another node with bytes of a blob that is here.
    func answer(_ body: [UInt8]) throws(BusError) -> [UInt8] {
        let question = try BundleForm.question(body)
        do throws(DriverError) {
            guard let digest = ImageDigest(digits: question.digest.hex) else { return [] }
            return BundleForm.encode(
                try store.piece(of: digest, at: question.offset, atMost: question.count))
        } catch {
            throw BusError(
                .refused, operation: error.operation, subject: error.subject, cause: error.cause,
                remedy: error.remedy ?? "ask another machine")
        }
    }
}
