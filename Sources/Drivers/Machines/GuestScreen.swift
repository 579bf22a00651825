/// What a guest of our image shows on its serial line (`ConsoleScreen`).
public struct GuestScreen: Hashable, Sendable {
    /// The last state it showed, as "ready"; nil before any.
    public private(set) var state: String?
    /// The last generation it showed, in hexadecimal digits.
    public private(set) var generation: String?

    /// Reads what came on the line, which anything may have written.
    public init(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(separator: " ")
            if words.first == "PISCES", let last = words.last, words.count >= 3 {
                state = String(last.prefix(32))
            }
            if words.count >= 2, words[0] == "generation", words[1].utf8.count == 64,
                words[1].allSatisfy({ $0.isHexDigit && !$0.isUppercase })
            {
                generation = String(words[1])
            }
        }
    }
}
