internal import Resources

/// Who may have a volume. Order is the order of the log: an attach that was decided before the
/// highest one that was granted is an old machine's or an old plan's, and comes too late for ever.
extension Volume {
    /// Gives the volume to `holder`; false when that task has it already, from the same position.
    mutating func grant(_ asker: VolumeHolder) throws(DriverError) -> Bool {
        guard asker.position >= fence else {
            throw DriverError(
                .fenced, operation: "attach", subject: name,
                cause: "position \(asker.position) is older than \(fence), at which it was "
                    + "attached last",
                remedy: "read the log further; the volume belongs to a newer decision")
        }
        if let holder, holder.task != asker.task {
            throw DriverError(
                .attached, operation: "attach", subject: name, cause: attachment(holder),
                remedy: "end that task first")
        }
        if let holder, holder.position == asker.position { return false }
        fence = asker.position
        // The same task with a newer position has had it all the time.
        holder = VolumeHolder(
            task: asker.task, name: asker.name, position: asker.position,
            since: holder?.since ?? asker.since)
        return true
    }

    /// Takes the volume from a task; false when it does not have it.
    mutating func release(from task: Identifier) -> Bool {
        guard holder?.task == task else { return false }
        holder = nil
        return true
    }

    /// Refuses an operation on a volume that somebody has.
    func checkFree(for operation: String, remedy: String) throws(DriverError) {
        guard let holder else { return }
        throw DriverError(
            .attached, operation: operation, subject: name, cause: attachment(holder),
            remedy: remedy)
    }

    private func attachment(_ holder: VolumeHolder) -> String {
        "task \(holder.name) has it since \(holder.since.text), position \(holder.position)"
    }
}
