/// A connection to a service of the machine over a Unix socket: what it says on its own comes as
/// a feed's datagrams, in pieces of any length.
///
/// A feed that has lost its peer says so once and is quiet until it is opened anew; what waits on
/// its descriptor need not know.
public protocol KernelConnection: KernelFeed {
    /// True from `open` until the peer or `close` ended it.
    var isOpen: Bool { get }
    /// Connects, at once or not at all.
    func open() throws(KernelError)
    /// Sends all bytes; false, and closed, when the peer does not take them.
    func send(_ bytes: [UInt8]) -> Bool
    /// Waits until there is something to receive; false after so many milliseconds.
    func wait(milliseconds: Int) -> Bool
}
