extension CBORWriter {
    /// Writes a batch: a list of origin, sensed, reason, session, cursors and commands.
    public mutating func write(_ batch: Batch) {
        beginList(6)
        write(unsigned: UInt64(batch.origin.rawValue))
        if let sensed = batch.sensed { write(sensed.milliseconds) } else { writeNull() }
        if let reason = batch.reason { write(reason) } else { writeNull() }
        if let session = batch.session {
            beginList(2)
            write(session.client)
            write(unsigned: session.sequence)
        } else {
            writeNull()
        }
        beginList(batch.cursors.count)
        for cursor in batch.cursors {
            beginList(3)
            write(cursor.handler)
            write(cursor.log.path)
            write(unsigned: cursor.position.rawValue)
        }
        beginList(batch.commands.count)
        for command in batch.commands { write(command) }
    }

    /// Writes a command: a list that starts with 0 create, 1 update, 2 delete.
    public mutating func write(_ command: Command) {
        switch command {
        case .create(let draft):
            beginList(2)
            write(unsigned: 0)
            write(draft)
        case .update(let update):
            beginList(9)
            write(unsigned: 1)
            write(update)
        case .delete(let id, let expect):
            beginList(3)
            write(unsigned: 2)
            write(id)
            write(optional: expect)
        }
    }

    private mutating func write(_ update: Update) {
        write(update.id)
        write(optional: update.expect)
        write(update.replaces)
        write(optional: update.owner)
        if let cost = update.cost { write(cost.map) } else { writeNull() }
        beginMap(update.tags.count)
        for (key, value) in update.tags.entries {
            write(key)
            if let value { write(value) } else { writeNull() }
        }
        write(update.links)
        write(update.data)
    }

    private mutating func write(optional position: Position?) {
        if let position { write(unsigned: position.rawValue) } else { writeNull() }
    }
}

extension CBORReader {
    /// Reads a batch that fills `bytes`.
    public static func decodeBatch(_ bytes: [UInt8]) throws(CBORError) -> Batch {
        var reader = CBORReader(bytes)
        let batch = try reader.readBatch()
        try reader.finish()
        return batch
    }

    /// Reads a batch.
    public mutating func readBatch() throws(CBORError) -> Batch {
        try expectList(6)
        let start = offset
        let number = try readUnsigned()
        guard let origin = UInt8(exactly: number).flatMap(Origin.init(rawValue:)) else {
            throw CBORError(offset: start, reason: .unexpected)
        }
        var batch = Batch([], origin: origin)
        batch.sensed = skipNull() ? nil : WallTime(milliseconds: try readInt())
        batch.reason = skipNull() ? nil : try readText()
        batch.session = skipNull() ? nil : try readSession()
        batch.cursors = try readList { (reader) throws(CBORError) in try reader.readCursor() }
        batch.commands = try readList { (reader) throws(CBORError) in try reader.readCommand() }
        return batch
    }

    /// Reads a command.
    public mutating func readCommand() throws(CBORError) -> Command {
        let start = offset
        let count = try beginList()
        switch (try readUnsigned(), count) {
        case (0, 2): return .create(try readDraft())
        case (1, 9): return .update(try readUpdate())
        case (2, 3): return .delete(id: try readIdentifier(), expect: try readOptionalPosition())
        default: throw CBORError(offset: start, reason: .unexpected)
        }
    }

    private mutating func readUpdate() throws(CBORError) -> Update {
        var update = Update(id: try readIdentifier(), expect: try readOptionalPosition())
        update.replaces = try readBool()
        update.owner = try readOptionalIdentifier()
        update.cost = skipNull() ? nil : try readCost()
        update.tags = try readMap { (reader) throws(CBORError) in
            reader.skipNull() ? nil : try reader.readText()
        }
        update.links = try readLinks()
        update.data = try readFields()
        return update
    }

    private mutating func readSession() throws(CBORError) -> Batch.Session {
        try expectList(2)
        return Batch.Session(client: try readIdentifier(), sequence: try readUnsigned())
    }

    private mutating func readCursor() throws(CBORError) -> Batch.Cursor {
        try expectList(3)
        return Batch.Cursor(
            handler: try readText(),
            log: try readName { (text) throws(NameError) in try Namespace(text) },
            position: try readPosition())
    }

    private mutating func readOptionalPosition() throws(CBORError) -> Position? {
        skipNull() ? nil : try readPosition()
    }
}
