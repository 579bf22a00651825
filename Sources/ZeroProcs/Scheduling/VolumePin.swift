public import Resources

/// A volume as tasks name it.
public struct VolumeName: Hashable, Sendable {
    /// The namespace of the volume; nil when it is not known, and then of any.
    public var namespace: Namespace?
    /// Its resource name.
    public var name: String

    /// The volume `name` of `namespace`.
    public init(namespace: Namespace?, name: String) {
        self.namespace = namespace
        self.name = name
    }
}

/// A volume that lives on a machine, with its data.
public struct VolumePin: Hashable, Sendable {
    /// The volume's resource name.
    public var volume: String
    /// The namespace of the volume; nil when it is not known, and then of any.
    public var namespace: Namespace?
    /// The machine.
    public var machine: ResourceName
    /// The highest position of the log at which this data was given to a task; nil when it is not
    /// known, and then it is older than all others.
    public var attached: Position?

    /// A volume on a machine.
    public init(
        volume: String, namespace: Namespace?, machine: ResourceName, attached: Position? = nil
    ) {
        self.volume = volume
        self.namespace = namespace
        self.machine = machine
        self.attached = attached
    }

    /// The volume.
    var name: VolumeName { VolumeName(namespace: namespace, name: volume) }

    /// Where volumes live, from resources of the types `volumestate` and `volume`. A volume in
    /// memory lives nowhere; a clone that is not made yet, where its snapshot is.
    public static func all(_ states: [Resource], of volumes: [Resource]) -> [VolumePin] {
        let places = Dictionary(volumes.map { ($0.id, $0.namespace) }, uniquingKeysWith: { $1 })
        let made = Set(states.compactMap { $0.links["OF"]?.first })
        let clones = volumes.compactMap { volume -> VolumePin? in
            guard !made.contains(volume.id), volume.links["FROM"] != nil,
                let machine = volume.data["machine"]?.text.flatMap({ try? ResourceName($0) })
            else { return nil }
            return VolumePin(
                volume: volume.name.text, namespace: volume.namespace, machine: machine)
        }
        return clones
            + states.compactMap { state in
                guard let volume = state.data["volume"]?.text,
                    state.data["driver"]?.text != App.Volume.Driver.tmpfs.rawValue,
                    let machine = state.namespace.path.split(separator: "/").last,
                    let name = try? ResourceName(String(machine))
                else { return nil }
                let home = state.links["OF"]?.first.flatMap { places[$0] }
                let position = state.data["fence"]?.int ?? state.data["attachedAt"]?.int
                return VolumePin(
                    volume: volume, namespace: home, machine: name,
                    attached: position.map { Position(UInt64(clamping: $0)) })
            }
    }

    /// Splits the places where data of volumes lies into those that count and those that were
    /// given up: data that was attached at the fence of its volume or before, and of two the one
    /// that was attached earlier. Order is the order of the log, so all machines agree.
    static func split(
        _ pins: [VolumePin], fences: [VolumeName: Position]
    ) -> (current: [VolumePin], givenUp: [VolumePin]) {
        func fence(_ pin: VolumePin) -> Position? {
            if pin.namespace != nil { return fences[pin.name] }
            return fences.filter { $0.key.name == pin.volume }.map(\.value).max()
        }
        let standing = pins.filter { pin in
            fence(pin).map { (pin.attached ?? .zero) > $0 } ?? true
        }
        let newest = Dictionary(grouping: standing, by: \.name).mapValues { pins in
            pins.map { $0.attached ?? .zero }.max() ?? .zero
        }
        let current = Set(standing.filter { ($0.attached ?? .zero) == newest[$0.name] })
        return (pins.filter(current.contains), pins.filter { !current.contains($0) })
    }
}

/// What becomes of a volume's task when the machine with its data cannot keep it.
public enum VolumeLoss: String, Hashable, Sendable, CaseIterable {
    /// It waits for the machine.
    case wait
    /// When the machine is lost it begins elsewhere, empty.
    case fresh
    /// There is no data to lose: it is in memory.
    case memory

    /// The policies of resources of type `volume`.
    public static func all(_ volumes: [Resource]) -> [VolumeName: VolumeLoss] {
        var all: [VolumeName: VolumeLoss] = [:]
        for volume in volumes {
            let name = VolumeName(namespace: volume.namespace, name: volume.name.text)
            let isMemory = volume.data["driver"]?.text == App.Volume.Driver.tmpfs.rawValue
            let lost = volume.data["lost"]?.text.flatMap(VolumeLoss.init(rawValue:))
            all[name] = isMemory ? .memory : lost ?? .wait
        }
        return all
    }
}
