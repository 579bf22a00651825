internal import Resources

/// Why a machine does not take a task.
enum MachineRefusal: Hashable, Sendable {
    case draining
    case lacks(String, required: String, has: String?)
    case device(String)
    case volume(String, on: [String])
    case stale(String)
    case apart(from: String)
    case cpu(need: Int64, free: Int64)
    case memory(need: Int64, free: Int64)
    case storage(need: Int64, free: Int64)
    case port(Int, holder: ResourceName)
    case noAutomaticPort

    /// The reason in words, to stand behind the machine's name.
    var words: String {
        switch self {
        case .draining: "is draining"
        case .lacks(let label, let value, nil): "has no \(label), \(value) is required"
        case .lacks(let label, let value, let has?): "\(label) is \(has), \(value) is required"
        case .device("oci"): "has no container runtime"
        case .device(let device): "does not offer the device \(device)"
        case .volume(let volume, let machines):
            "the volume \(volume) lives on \(machines.joined(separator: ", "))"
        case .stale(let volume):
            "has data of the volume \(volume) that was given up; delete it there"
        case .apart(let component): "has \(component), from which it must be apart"
        case .cpu(let need, let free):
            "needs \(Amount.cores(need)) cores, \(Amount.cores(max(0, free))) are free"
        case .memory(let need, let free): Self.words(need, free, "")
        case .storage(let need, let free): Self.words(need, free, " of storage")
        case .port(let port, let holder): "the port \(port) is taken by \(holder)"
        case .noAutomaticPort:
            "no port of \(AutomaticPorts.range.lowerBound) to "
                + "\(AutomaticPorts.range.upperBound) is free"
        }
    }

    /// What it is about, to count those that are not named.
    var kind: String {
        switch self {
        case .draining: "draining"
        case .lacks(let label, _, _): "without the \(label)"
        case .device: "without the device"
        case .volume: "without the volume"
        case .stale: "with an older volume"
        case .apart: "to be apart from"
        case .cpu: "without the cores"
        case .memory: "without the memory"
        case .storage: "without the storage"
        case .port, .noAutomaticPort: "without the port"
        }
    }

    private static func words(_ need: Int64, _ free: Int64, _ what: String) -> String {
        let words = Amount.bytes(need: need, free: free)
        return "needs \(words.need)\(what), \(words.free) are free"
    }
}
