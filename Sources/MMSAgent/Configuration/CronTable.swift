internal import Resources

/// A job of a crontab (crontab(5)).
struct CronJob: Hashable, Sendable {
    var file: String, line: Int
    /// minute, hour, day of month, month, day of week; empty for an event.
    var schedule: [String]
    /// `@reboot` and its kind, or the folder's period.
    var event: String?
    var user: String
    var command: String

    /// Reads a line; nil for an assignment, a comment or what is malformed. A table of the
    /// system says a user, one of a user is of `owner`.
    init?(_ line: ConfigLine, file: String, owner: String?) {
        guard !line.isComment else { return nil }
        var rest = line.text[...]
        let next = { () -> String? in
            let word = rest.prefix { $0 != " " && $0 != "\t" }
            rest = rest.dropFirst(word.count).drop { $0 == " " || $0 == "\t" }
            return word.isEmpty ? nil : String(word)
        }
        self.file = file
        self.line = line.number
        schedule = []
        if rest.hasPrefix("@") {
            event = next()
        } else {
            // A name and `=` before any space is an assignment; their values are not kept.
            guard let first = rest.first, first.isNumber || first == "*" || first == "-" else {
                return nil
            }
            if first == "-" { rest = rest.dropFirst() }
            for _ in 0..<5 {
                guard let field = next() else { return nil }
                schedule.append(field)
            }
        }
        guard let user = owner ?? next(), !rest.isEmpty else { return nil }
        self.user = user
        command = String(rest)
    }

    /// A program in a folder that is run once in a period.
    init(program: String, period: String) {
        file = program
        line = 0
        schedule = []
        event = "@" + period
        user = "root"
        command = program
    }

    /// Reads a line of anacron's table: days or a period, minutes of delay, a name, a command.
    init?(anacron line: ConfigLine, file: String) {
        let words = line.text.split(maxSplits: 3) { $0 == " " || $0 == "\t" }
        guard words.count == 4, words[0].hasPrefix("@") || Int(words[0]) != nil,
            Int(words[1]) != nil
        else { return nil }
        self.file = file
        self.line = line.number
        schedule = []
        event = words[0].hasPrefix("@") ? String(words[0]) : "@every \(words[0]) days"
        user = "root"
        command = String(words[3])
    }

    func seen(_ redaction: Redaction, _ names: inout NameRoll) -> Seen {
        let command = redaction.redacted(shell: command)
        let when = event ?? schedule.joined(separator: " ")
        var one = Seen(
            Kind.cronJob, names.take("\(file): \(when) \(user) \(command)"),
            ["file": .text(file), "user": .text(user), "command": .text(command)])
        if line > 0 { one.data["line"] = .int(Int64(line)) }
        one.data["event"] = event.map { .text($0) }
        let fields = ["minute", "hour", "dayOfMonth", "month", "dayOfWeek"]
        for (name, value) in zip(fields, schedule) { one.data[name] = .text(value) }
        one.links["USER"] = [.user(user)]
        return one
    }
}
