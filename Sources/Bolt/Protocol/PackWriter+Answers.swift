internal import Cypher

/// The answers of the server, each a whole message.
extension PackWriter {
    mutating func writeIgnored() {
        begin()
        writeStructure(PackStructure.Answer.ignored, fields: 0)
        end()
    }

    mutating func writeFailure(_ error: BoltError) {
        begin()
        writeStructure(PackStructure.Answer.failure, fields: 1)
        writeMap(2)
        write("code")
        write(error.code)
        write("message")
        write(error.message)
        end()
    }

    mutating func writeRecord(_ row: [CypherValue]) {
        begin()
        writeStructure(PackStructure.Answer.record, fields: 1)
        writeList(row.count)
        for value in row { write(value) }
        end()
    }

    /// A SUCCESS with nothing to say.
    mutating func writeSuccess() {
        beginSuccess(0)
        end()
    }

    /// The answer to HELLO.
    mutating func writeGreeting(agent: String, connection: String, silence: Int64, utc: Bool) {
        beginSuccess(utc ? 4 : 3)
        write("server")
        write(agent)
        write("connection_id")
        write(connection)
        write("hints")
        writeMap(1)
        write("connection.recv_timeout_seconds")
        write(silence)
        if utc {
            write("patch_bolt")
            writeList(1)
            write("utc")
        }
        end()
    }

    /// The answer to RUN; the number only within a transaction.
    mutating func writeOpened(_ columns: [String], result: Int64?, milliseconds: Int64) {
        beginSuccess(result == nil ? 2 : 3)
        write("fields")
        writeList(columns.count)
        for column in columns { write(column) }
        write("t_first")
        write(milliseconds)
        if let result {
            write("qid")
            write(result)
        }
        end()
    }

    /// The answer to PULL or DISCARD when rows are left.
    mutating func writeMore() {
        beginSuccess(1)
        write("has_more")
        write(true)
        end()
    }

    /// The answer to PULL or DISCARD after the last row.
    mutating func writeSummary(
        _ summary: Summary, database: String, bookmark: String?, milliseconds: Int64
    ) {
        let extras =
            (bookmark == nil ? 0 : 1) + (summary.changes.isEmpty ? 0 : 1)
            + (summary.plan == nil ? 0 : 1) + (summary.profile == nil ? 0 : 1)
        beginSuccess(3 + extras)
        write("type")
        write(summary.kind)
        write("t_last")
        write(milliseconds)
        write("db")
        write(database)
        writeBookmark(bookmark)
        if !summary.changes.isEmpty {
            write("stats")
            writeMap(summary.changes.count + 1)
            for (name, count) in summary.changes {
                write(name)
                write(count)
            }
            write("contains-updates")
            write(true)
        }
        if let plan = summary.plan {
            write("plan")
            write(plan)
        }
        if let profile = summary.profile {
            write("profile")
            write(profile)
        }
        end()
    }

    /// The answer to COMMIT.
    mutating func writeCommitted(bookmark: String?) {
        beginSuccess(bookmark == nil ? 0 : 1)
        writeBookmark(bookmark)
        end()
    }

    /// The answer to ROUTE: this server in all roles.
    mutating func writeRoutes(database: String, address: String, seconds: Int64) {
        beginSuccess(1)
        write("rt")
        writeMap(3)
        write("ttl")
        write(seconds)
        write("db")
        write(database)
        write("servers")
        writeList(3)
        for role in ["ROUTE", "READ", "WRITE"] {
            writeMap(2)
            write("addresses")
            writeList(1)
            write(address)
            write("role")
            write(role)
        }
        end()
    }

    private mutating func beginSuccess(_ entries: Int) {
        begin()
        writeStructure(PackStructure.Answer.success, fields: 1)
        writeMap(entries)
    }

    private mutating func writeBookmark(_ bookmark: String?) {
        guard let bookmark else { return }
        write("bookmark")
        write(bookmark)
    }
}
