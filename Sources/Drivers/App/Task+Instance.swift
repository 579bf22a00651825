public import Resources

extension App.Task {
    /// The instance that runs the task.
    public func instance(_ id: Identifier) -> Instance {
        var instance = Instance(id: id, name: name, device: device, command: command)
        instance.environment = environment
        instance.directory = directory
        instance.stopGrace = UInt64(clamping: stop.grace)
        // Device host promises no limits; there, needs are for the scheduler alone.
        if device == .oci {
            instance.limits = .init(
                cpu: needs.cpu, memory: needs.memory, processes: needs.processes)
        }
        return instance
    }
}
