internal import Resources
internal import Testing

@Suite struct CommandTemplateTests {
    private let variables: SortedMap<String> = ["A": "x y", "PORT": "80", "EMPTY": "", "D": "$A"]

    @Test(arguments: [
        ("a b  c", ["a", "b", "c"]), ("a 'b c' \"d $A\"", ["a", "b c", "d x y"]),
        ("$A", ["x y"]), ("a$EMPTY''", ["a"]), ("a ''", ["a", ""]),
        ("'$A' \\$A $$A", ["$A", "$A", "$A"]),
        ("\"\\\"\" x", ["\"", "x"]), ("${PORT}0 $D", ["800", "$A"]), ("a\tb\nc", ["a", "b", "c"]),
    ])
    func words(_ text: String, _ words: [String]) throws {
        #expect(try CommandTemplate(text).words(with: variables) == words)
    }

    @Test(arguments: [
        ("", "names no program"), ("'a", "not closed"), ("a \\", "backslash"),
        ("$", "without a name"),
        ("${A", "not closed"), ("$NONE", "no variable $NONE"), ("''", "names no program"),
    ])
    func refuses(_ text: String, _ words: String) {
        do throws(CommandTemplate.Fault) {
            _ = try CommandTemplate(text).words(with: variables)
            Issue.record("took \(text)")
        } catch { #expect(error.found.contains(words), "\(error)") }
    }

    /// Filling what waited gives what would have been given at once.
    @Test(arguments: [
        "a $PORT", "a '$PORT' $$PORT \\$PORT", "$D ${PORT}$A \"$PORT $\"'$'$$", "$A $EMPTY''",
    ])
    func waitingChangesNothing(_ text: String) throws {
        let text = text.replacing("$\"", with: "$$\"")
        let template = CommandTemplate(text)
        var known = variables
        known["PORT"] = nil
        let waiting = try template.words(with: known, waiting: ["PORT"])
        let filled = try waiting.map { word in try CommandTemplate.fill(word, with: variables) }
        #expect(try template.words(with: variables) == filled)
    }
}
