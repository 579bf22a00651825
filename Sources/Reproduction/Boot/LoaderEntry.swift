/// The file name of a system in the loader's folder, with its tries left (systemd-boot, automatic
/// boot assessment): `pisces_<sequence>[+<left>[-<done>]].efi`.
public struct LoaderEntry: Hashable, Sendable {
    /// Which description it boots; the loader takes the highest first.
    public let sequence: Int
    /// Tries; nil when it proved good.
    public let tries: Tries?

    /// How often it may be tried and was.
    public struct Tries: Hashable, Sendable {
        /// Tries left; an entry without any comes last.
        public var left: Int
        /// Tries made without a blessing.
        public var done: Int

        /// So many tries.
        public init(left: Int, done: Int = 0) {
            self.left = left
            self.done = done
        }
    }

    /// The tries of a system that was just written.
    public static let freshTries = 3
    /// The loader's folder on the ESP.
    public static let folder = "EFI/Linux"

    /// The entry of that description.
    public init(sequence: Int, tries: Tries? = Tries(left: freshTries)) {
        self.sequence = sequence
        self.tries = tries
    }

    /// Reads a file name; nil when it is none of ours.
    public init?(_ name: String) {
        guard name.hasPrefix("pisces_"), name.hasSuffix(".efi") else { return nil }
        let middle = name.dropFirst(7).dropLast(4)
        let halves = middle.split(separator: "+", omittingEmptySubsequences: false)
        guard (1...2).contains(halves.count), let sequence = Self.number(halves[0]) else {
            return nil
        }
        self.sequence = sequence
        guard halves.count == 2 else {
            tries = nil
            return
        }
        let counts = halves[1].split(separator: "-", omittingEmptySubsequences: false)
        let numbers = counts.compactMap(Self.number)
        guard (1...2).contains(counts.count), numbers.count == counts.count else { return nil }
        tries = Tries(left: numbers[0], done: numbers.count == 2 ? numbers[1] : 0)
    }

    /// Its file name.
    public var fileName: String {
        guard let tries else { return "pisces_\(sequence).efi" }
        let done = tries.done > 0 ? "-\(tries.done)" : ""
        return "pisces_\(sequence)+\(tries.left)\(done).efi"
    }

    /// The entry once it proved good: renaming the file to this is the blessing.
    public var blessed: LoaderEntry { LoaderEntry(sequence: sequence, tries: nil) }

    /// The entry once it was given up: the loader takes any other first.
    public var exhausted: LoaderEntry {
        LoaderEntry(sequence: sequence, tries: Tries(left: 0, done: tries?.done ?? 0))
    }

    /// True when it may not be tried again.
    public var isExhausted: Bool { tries.map { $0.left == 0 } ?? false }

    /// What the loader makes of it before it starts it.
    public var tried: LoaderEntry {
        guard let tries, tries.left > 0 else { return self }
        return LoaderEntry(
            sequence: sequence, tries: Tries(left: tries.left - 1, done: tries.done + 1))
    }

    /// The entry that the loader starts: those with tries left before those without, then the
    /// highest sequence (systemd-boot 252, `config_entry_compare`).
    public static func chosen(among entries: [LoaderEntry]) -> LoaderEntry? {
        entries.max { left, right in
            if left.isExhausted != right.isExhausted { return left.isExhausted }
            return left.sequence < right.sequence
        }
    }

    private static func number(_ text: Substring) -> Int? {
        // At most nine digits and no sign; the loader sorts by number.
        guard (1...9).contains(text.utf8.count), text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }),
            text == "0" || !text.hasPrefix("0")
        else { return nil }
        return Int(text)
    }
}
