/// What a person must know of a machine while it runs: what stays, and of each matter that goes on
/// the newest word only, so that the list does not grow while something does not come about.
public struct MachineNotes: Hashable, Sendable {
    private var lasting: [String] = []
    private var present: [Word] = []

    private struct Word: Hashable {
        var matter: String
        var text: String
    }

    /// None.
    public init() {}

    /// All, in the order in which they came; the lasting ones first.
    public var texts: [String] { lasting + present.map(\.text) }

    /// Adds one that stays.
    public mutating func add(_ text: String) { lasting.append(text) }

    /// Says that of a matter in place of what was said of it before; nil: nothing any more.
    public mutating func say(_ text: String?, of matter: String) {
        let place = present.firstIndex { $0.matter == matter }
        switch (text, place) {
        case (let text?, let place?): present[place].text = text
        case (let text?, nil): present.append(Word(matter: matter, text: text))
        case (nil, let place?): present.remove(at: place)
        case (nil, nil): break
        }
    }
}
