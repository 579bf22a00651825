internal import Log
internal import Resources

extension LogError {
    /// What a failed call means to a log. After a write that etcd may have carried out, only the
    /// tail tells.
    init(_ error: BusError, writing: Bool) {
        switch error.kind {
        case .unanswered, .malformed, .tooLarge:
            self =
                writing
                ? .unanswered(cause: error.description) : .unreachable(cause: error.description)
        case .unreachable, .forbidden, .expired, .refused:
            self = .unreachable(cause: error.description)
        }
    }
}

/// Runs a call that changes nothing.
func reading<Result>(_ body: () throws(BusError) -> Result) throws(LogError) -> Result {
    do { return try body() } catch { throw LogError(error, writing: false) }
}

/// Runs a call that may change something.
func writing<Result>(_ body: () throws(BusError) -> Result) throws(LogError) -> Result {
    do { return try body() } catch { throw LogError(error, writing: true) }
}
