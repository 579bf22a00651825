/// Where each bracket closes and whether commas stand directly inside, found in one pass, so that
/// the parser tells a pattern from an expression without trying both.
struct Brackets {
    /// For an opening bracket the place of its closing one, else 0.
    private var closers: [Int32]
    /// For an opening bracket whether a comma stands directly inside.
    private var commas: [Bool]

    init(_ tokens: [Token]) {
        closers = Array(repeating: 0, count: tokens.count)
        commas = Array(repeating: false, count: tokens.count)
        var open: [Int] = []
        for (index, token) in tokens.enumerated() {
            guard case .symbol(let symbol) = token.kind else { continue }
            if symbol.closer != nil {
                open.append(index)
            } else if symbol.isCloser, let last = open.popLast() {
                closers[last] = Int32(index)
            } else if symbol == .comma, let last = open.last {
                commas[last] = true
            }
        }
    }

    /// The place of the bracket that closes the one at `index`; nil when none does.
    func closer(of index: Int) -> Int? {
        closers[index] == 0 ? nil : Int(closers[index])
    }

    func hasComma(inside index: Int) -> Bool { commas[index] }
}
