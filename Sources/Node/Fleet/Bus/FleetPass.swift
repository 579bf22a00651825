public import Bus
internal import Drivers
internal import Host
internal import Resources
public import Trust

/// What a node keeps of its place in the fleet beside its graph, so that it finds the others before
/// it has read anything: the file `bus/pass` of its state directory.
public struct FleetPass: Sendable {
    /// Its certificate.
    public var certificate: Certificate
    /// The fleet as it was when the pass was written; addresses in it are hints.
    public var roll: FleetRoll

    /// A pass with that certificate.
    public init(certificate: Certificate, roll: FleetRoll) {
        self.certificate = certificate
        self.roll = roll
    }

    static func path(_ directory: String) -> String { directory + "/bus/pass" }

    /// The pass of a state directory; nil for a node of no fleet.
    static func load(_ directory: String) throws(NodeError) -> FleetPass? {
        let path = path(directory)
        let bytes: [UInt8]?
        do throws(ProcessError) {
            bytes = try LinuxFiles().read(path, atMost: Limits.passBytes.value)
        } catch { throw NodeError(error.operation, path, error.cause) }
        guard let bytes else { return nil }
        do throws(BusError) {
            guard case .member(let certificate, let roll) = try JoinAnswer(bytes: bytes) else {
                throw .init(
                    .malformed, operation: "read", subject: path, cause: "it is no pass",
                    remedy: "restore it from a copy, or join the fleet again")
            }
            return FleetPass(certificate: certificate, roll: roll)
        } catch { throw NodeError("read", path, error.cause, remedy: error.remedy) }
    }

    /// Writes it, replacing another.
    func save(_ directory: String) throws(NodeError) {
        let bytes = JoinAnswer.member(certificate, roll).bytes
        do throws(ProcessError) {
            try LinuxFiles().makeFolder(directory + "/bus")
            try LinuxFiles().replace(Self.path(directory), with: bytes, mode: 0o600)
        } catch { throw NodeError(error.operation, Self.path(directory), error.cause) }
    }
}
