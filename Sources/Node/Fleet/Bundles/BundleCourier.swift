public import Bus
public import Drivers
internal import Host
public import Resources
internal import Synchronization
internal import Trust

/// Brings installed bundles to this machine: a task names the folder that its bundle was unpacked
/// to where it was installed, which ends in `apps/<digest>`. Here it is another folder, and when it
/// is missing the bundle is fetched from a machine of the fleet that has it. The digest is what the
/// log names, so whoever gives it cannot give another.
public final class BundleCourier: Sendable {
    private let store: Store
    private let apps: String
    private let peers: any Peers
    private let others: @Sendable () -> [ResourceName]
    /// One bundle is fetched at a time: several tasks may ask for the same one.
    private let fetching = Mutex(())

    /// The courier of the state directory `state`; `others` are the machines to ask, the most
    /// likely first.
    public init(
        state: String, peers: any Peers, others: @escaping @Sendable () -> [ResourceName]
    ) {
        store = Store(path: state + "/store")
        apps = state + "/apps"
        self.peers = peers
        self.others = others
    }

    /// The folder here that `directory` stands for: itself, unless it is that of a bundle.
    public func folder(for directory: String) throws(DriverError) -> String {
        guard let (digest, rest) = Self.bundle(in: directory) else { return directory }
        do throws(BundleError) {
            return try fetching.withLock { (_) throws(BundleError) in try bring(digest) } + rest
        } catch {
            throw DriverError(
                .failed, operation: error.operation, subject: error.subject, cause: error.cause,
                remedy: error.remedy)
        }
    }

    /// The digest in `…/apps/<64 hexadecimal digits>`, and what is behind it; nil for any other
    /// folder.
    static func bundle(in directory: String) -> (ContentDigest, rest: String)? {
        let parts = directory.split(separator: "/", omittingEmptySubsequences: false)
        for index in parts.indices.dropFirst() where parts[index - 1] == "apps" {
            guard let digest = ContentDigest(String(parts[index])) else { continue }
            return (digest, parts[(index + 1)...].map { "/" + $0 }.joined())
        }
        return nil
    }

    private func bring(_ digest: ContentDigest) throws(BundleError) -> String {
        let place = Store.place(digest, in: apps)
        if LinuxFiles().kind(place) == .folder { return place }
        let trust = BundleTrust(accepted: [], takesAny: true)
        do throws(BundleError) { return try store.install(digest, to: apps, trust: trust) } catch {
            guard error.kind == .notFound else { throw error }
        }
        var failure = BundleError(
            .notFound, operation: "fetch", subject: "bundle \(digest)",
            cause: "no other machine was reached", remedy: "add it with pisces store add")
        for peer in others() {
            do throws(BundleError) {
                try fetch(digest, from: peer)
                return try store.install(digest, to: apps, trust: trust)
            } catch { failure = error }
        }
        throw failure
    }

    private func fetch(_ digest: ContentDigest, from peer: ResourceName) throws(BundleError) {
        let name = "bundle \(digest) of \(peer)"
        _ = try store.add(
            archiveAt: name, expecting: digest, trust: BundleTrust(accepted: [], takesAny: true)
        ) { [peers] (offset, count) throws(BundleError) in
            let question = BundleForm.Question(
                digest: digest, offset: offset, count: min(count, Limits.entriesBytes.value))
            let request = PeerRequest(
                path: BundleForm.path, body: BundleForm.encode(question),
                milliseconds: Limits.busArrival.value)
            do throws(BusError) {
                return try BundleForm.bytes(peers.call(peer, request).body)
            } catch {
                throw BundleError(
                    .failed, operation: "fetch", subject: name, cause: error.cause,
                    remedy: error.remedy)
            }
        }
    }

    /// Answers another node with bytes of a bundle that is here.
    func answer(_ body: [UInt8]) throws(BusError) -> [UInt8] {
        let question = try BundleForm.question(body)
        do throws(BundleError) {
            let archive = try store.archive(question.digest)
            return BundleForm.encode(
                try archive.bytes(at: question.offset, count: question.count))
        } catch {
            throw BusError(
                .refused, operation: error.operation, subject: error.subject, cause: error.cause,
                remedy: error.remedy)
        }
    }
}
