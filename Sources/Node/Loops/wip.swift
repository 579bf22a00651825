internal import ZeroProcs
internal import Resources
extension ExecutorLoop { func refresh(_ t: Executor.Assigned, _ l: Identifier, _ s: String, _ r: String) {} }
