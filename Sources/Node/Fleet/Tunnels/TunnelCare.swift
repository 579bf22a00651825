internal import Drivers
internal import Host
internal import Resources
internal import Synchronization
internal import Trust

/// This machine's end of tunnels: its key in the state directory, its interface in the kernel.
final class TunnelCare: Sendable {
    private let file: PrivateFile
    private let state = Mutex(State())

    private struct State {
        var wanted: Tunnel?
        var kept: Ticks?
        var told: TunnelDevice.Told = [:]
        var contacts: [TunnelDevice.Contact] = []
        var failure: String?
    }

    /// The interface has the same name on all machines, so that rules of firewalls can name it.
    private static let interface = "pisces0"

    init(directory: String) { file = PrivateFile(path: directory + "/tunnel.key") }

    /// Keeps the interface as `tunnel` says: at once when that changed, else now and then. Gives the
    /// public key once the kernel has taken it; nil where there is no interface.
    func keep(_ tunnel: Tunnel, now: Ticks) -> [UInt8]? {
        let isKept = state.withLock { state in
            guard let kept = state.kept, state.wanted == tunnel, state.failure == nil else {
                return false
            }
            return kept.advanced(byMilliseconds: UInt64(Limits.tunnelCare.value)) > now
        }
        do {
            let key = try key() ?? make()
            if isKept { return key.publicKey }
            var told = state.withLock { $0.told }
            let contacts = try device.keep(tunnel, key: key, told: &told)
            state.withLock { [told] state in
                state = State(wanted: tunnel, kept: now, told: told, contacts: contacts)
            }
            return key.publicKey
        } catch {
            state.withLock { $0.failure = CareSteps.cause(of: error) }
            return nil
        }
    }

    /// Removes the interface and the key; nothing is done where there is no key.
    func end() {
        do {
            guard let key = try key() else { return state.withLock { $0 = State() } }
            try device.remove(key: key)
            try LinuxFiles().remove(file.path)
            state.withLock { $0 = State() }
        } catch { state.withLock { $0.failure = CareSteps.cause(of: error) } }
    }

    /// What a person should know: why there is no interface, and which machines do not answer.
    var troubles: [String] {
        let (failure, contacts) = state.withLock { ($0.failure, $0.contacts) }
        let silent = contacts.filter(\.isSilent).map(\.name).sorted()
        let words =
            silent.isEmpty
            ? nil
            : "no answer from \(silent.joined(separator: ", ")) through a tunnel; see that UDP gets "
                + "there, at the overlay's port"
        return [failure, words].compactMap(\.self)
    }

    private var device: TunnelDevice { TunnelDevice(Self.interface, LinuxKernel()) }

    private func key() throws -> TunnelKey? { try file.read().map { try TunnelKey(text: $0) } }

    private func make() throws -> TunnelKey {
        let key = TunnelKey()
        try file.write(key.text)
        return key
    }
}

extension TunnelDevice.Contact {
    /// True where something was said and nobody has ever answered, or not for long.
    var isSilent: Bool {
        sent > 0 && (age.map { $0 > Int64(Limits.tunnelSilence.value) } ?? true)
    }
}
