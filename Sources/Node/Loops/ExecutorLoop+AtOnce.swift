internal import Dispatch
internal import Host
internal import Resources
internal import Synchronization
internal import ZeroProcs

extension ExecutorLoop {
    /// Takes steps of as many tasks on several threads, each step after the one before it in the
    /// list has begun; returns when all are taken. What is shared is the driver and the log, which
    /// serve many: within one task order is kept, because each has one step in a turn.
    func performAtOnce(_ steps: [Executor.Step], _ scene: Scene) {
        let next = Mutex(0)
        let ended = DispatchSemaphore(value: 0)
        let work: @Sendable () -> Void = { [self] in
            while true {
                let index = next.withLock { index in
                    defer { index += 1 }
                    return index
                }
                guard index < steps.count else { return }
                perform(steps[index], scene)
            }
        }
        var others = 0
        for _ in 1..<max(1, min(steps.count, startsAtOnce)) {
            do throws(ThreadError) {
                try HostThread.start("starts") {
                    work()
                    ended.signal()
                }
                others += 1
            } catch {
                // Fewer threads take longer, and that is all.
                note("no thread for starts: error \(error.code)")
                break
            }
        }
        work()
        for _ in 0..<others { ended.wait() }
    }
}
