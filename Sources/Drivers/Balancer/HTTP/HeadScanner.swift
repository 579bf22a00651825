/// Finds the end of a head in bytes that come in pieces, looking at each once.
struct HeadScanner {
    private var scanned = 0
    private var line = 0

    /// The bytes of the head with its empty line; nil while it is not whole. The head begins where
    /// `bytes` begin, in every call the same.
    mutating func end(
        in bytes: Span<UInt8>, atMost most: Int
    ) throws(HTTPRefusal) -> Int? {
        var at = scanned
        let count = bytes.count
        while at < count {
            if bytes[at] == 0x0A {
                guard at > 0, bytes[at - 1] == 0x0D else { throw .bareLineFeed }
                if at - line == 1 {
                    self = HeadScanner()
                    if at >= most { throw .headTooLarge }
                    return at + 1
                }
                line = at + 1
            }
            at += 1
        }
        scanned = at
        if at >= most { throw .headTooLarge }
        return nil
    }
}
