internal import Host
public import MMSGraph
public import Resources

extension Graph {
    /// Waits until each log that `bookmark` names has come as far here, at most so long. Refuses
    /// when one does not, and at once for one that is not here. Not for event loops.
    public func reach(
        _ bookmark: Bookmark, milliseconds: Int, pause: (Int) -> Void
    ) throws(Refusal) {
        var left = milliseconds
        for (log, position) in bookmark.positions {
            while applied(log) < position {
                guard mounts.points.contains(log) else {
                    throw Refusal(
                        .unavailable, filter: "bookmark", subject: "log \(log)",
                        reason: "is not on this machine, and the bookmark says \(position) of it",
                        remedy: "ask a machine that mirrors it; voters mirror all")
                }
                guard left > 0 else {
                    throw Refusal(
                        .unavailable, filter: "bookmark", subject: "log \(log)",
                        reason: "stands at \(applied(log)) here, not yet at \(position) as the "
                            + "bookmark says, after \(milliseconds) ms",
                        remedy: "ask again, or the machine that gave the bookmark",
                        current: applied(log))
                }
                pause(Limits.bookmarkLook.value)
                left -= Limits.bookmarkLook.value
            }
        }
    }
}
