internal import CHost
internal import Glibc

/// Which process an event is of. A number alone does not say: its process may have ended and
/// another have the number by the time an event is read. So a start time is only told when it is
/// proven to be that of the process meant.
struct EventAuthors {
    /// What the proof rests on.
    enum Proof: Hashable { case handles, times }

    let proof: Proof
    /// Start times proven for the events of one reading. It took all its handles before the first
    /// proof, so who lasts longer than that had the number all the while.
    private var proven: [Int32: UInt64] = [:]
    /// When the queue was seen empty, in clock ticks after boot: what it holds now came later.
    private var emptied: UInt64 = 0
    private var begun: UInt64 = 0

    init(_ proof: Proof) { self.proof = proof }

    /// Notes that a reading begins.
    mutating func begin() {
        proven.removeAll(keepingCapacity: true)
        if proof == .times { begun = Self.ticks }
    }

    /// Notes that the reading took all there was.
    mutating func end() { emptied = begun }

    /// When the process that made an event started; 0 where that is not proven.
    mutating func start(of process: Int32, handle: Int32?) -> UInt64 {
        guard process > 0 else { return 0 }
        switch proof {
        case .handles:
            // The kernel gives none of a process that is gone.
            guard let handle, handle >= 0 else { return 0 }
            if let known = proven[process] { return known }
            guard let start = ProcFS.status(of: process)?.start,
                chost_process_lasts(handle) == 1
            else { return 0 }
            proven[process] = start
            return start
        case .times:
            if let known = proven[process] { return known }
            // Who has had the number since before the event is who made it.
            guard let start = ProcFS.status(of: process)?.start, start < emptied else { return 0 }
            proven[process] = start
            return start
        }
    }

    private static var ticks: UInt64 {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_BOOTTIME, &time)
        return UInt64(time.tv_sec) * 100 + UInt64(time.tv_nsec) / 10_000_000
    }
}
