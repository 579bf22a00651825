import Bus
import Host
import Log
import LogSuite
import Resources
import Testing

extension OnEtcd {
    /// The suite of every loglet on a real etcd and in the World.
    @Suite struct EtcdConformanceTests {
        /// Runs a part of the suite on a loglet of one real member.
        private func onEtcd(
            _ body: (EtcdLoglet<EtcdClient>) async throws -> Void
        ) async throws {
            let etcd = try RealEtcd()
            let client = try etcd.client()
            defer { client.close() }
            let loglet = EtcdSample.loglet(client)
            defer { loglet.close() }
            try await body(loglet)
            withExtendedLifetime(etcd) {}
        }

        private func inWorld() -> EtcdLoglet<SimulatedEtcdClient> {
            let clock = SimulatedClock()
            return EtcdSample.loglet(SimulatedEtcd(seed: 1, clock: clock), clock: clock)
        }

        @Test func gaplessSmoke() async throws {
            try LogletConformance.passesGaplessSmoke(inWorld())
            try await onEtcd { try LogletConformance.passesGaplessSmoke($0) }
        }

        @Test func stream() async throws {
            try LogletConformance.streams(inWorld())
            try await onEtcd { try LogletConformance.streams($0) }
        }

        @Test func streamAcrossTrims() async throws {
            try LogletConformance.streamsAcrossTrims(inWorld()) { _, _ in }
            try await onEtcd { try LogletConformance.streamsAcrossTrims($0) { _, _ in } }
        }

        @Test func appendAfterSealIsRefused() async throws {
            try LogletConformance.refusesAppendAfterSeal(inWorld())
            try await onEtcd { try LogletConformance.refusesAppendAfterSeal($0) }
        }

        @Test func sealOfAnEmptyLoglet() async throws {
            try LogletConformance.sealsEmpty(inWorld())
            try await onEtcd { try LogletConformance.sealsEmpty($0) }
        }

        @Test func concurrentAppendAndSeal() async throws {
            try await LogletConformance.survivesConcurrentAppendAndSeal(inWorld())
            try await onEtcd { try await LogletConformance.survivesConcurrentAppendAndSeal($0) }
        }

        @Test func readerParkedOnTheTailAcrossASeal() async throws {
            try await LogletConformance.letsAParkedReaderSeeTheSeal(inWorld())
            try await onEtcd { try await LogletConformance.letsAParkedReaderSeeTheSeal($0) }
        }
    }
}
