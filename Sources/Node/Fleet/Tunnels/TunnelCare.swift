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
        /// What was wanted last, when it was seen to, and the public key that the kernel took.
        var wanted: Tunnel?
        var kept: Ticks?
        var key: [UInt8]?
        /// True when neither interface nor key is left.
        var isGone = false
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
        let (known, before) = state.withLock { state -> ([UInt8]?, TunnelDevice.Told) in
            state.isGone = false
            guard let kept = state.kept, state.wanted == tunnel, state.failure == nil,
                kept.advanced(byMilliseconds: UInt64(Limits.tunnelCare.value)) > now
            else { return (nil, state.told) }
            return (state.key, state.told)
        }
        if let known { return known }
        do {
            let key = try key() ?? make()
            var told = before
            let contacts = try device.keep(tunnel, key: key, told: &told)
            state.withLock { [told] state in
                state = State(
                    wanted: tunnel, kept: now, key: key.publicKey, told: told, contacts: contacts)
            }
            return key.publicKey
        } catch {
            state.withLock { $0.failure = CareSteps.cause(of: error) }
            return nil
        }
    }

    /// Removes the interface and the key; nothing is done where there is no key.
    func end() {
        if state.withLock({ $0.isGone }) { return }
        do {
            if let key = try key() {
                try device.remove(key: key)
                try LinuxFiles().remove(file.path)
            }
            state.withLock { $0 = State(isGone: true) }
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
