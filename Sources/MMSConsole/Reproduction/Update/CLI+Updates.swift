internal import Host
internal import Reproduction
internal import Resources
internal import Trust

/// Updates of the machine.
extension CLI {
    func updatePlan() throws(ClientError) {
        let answer = try plan(try source(describingOnly: true))
        if print(answer, as: try format) { return }
        let map = answer.map ?? [:]
        var table = Table(["WHAT", "IS"])
        for key in ["generation", "sequence", "slot", "entry"] {
            table.add([key, Rendering.cell(map[key])])
        }
        for (key, title) in [
            ("changed", "changed"), ("toCopy", "to copy"), ("written", "to write"),
        ] { table.add([title, Rendering.cell(map[key], unit: "bytes")]) }
        for name in map["removes"]?.list?.compactMap(\.text) ?? [] {
            table.add(["removes", Rendering.printable(line: name)])
        }
        for change in map["changes"]?.list?.compactMap(\.map) ?? [] {
            let name = "\(Rendering.cell(change["type"]))/\(Rendering.cell(change["name"]))"
            table.add([Rendering.cell(change["how"]), Rendering.printable(line: name)])
        }
        screen.write(table.text)
        if map["keepsDesiredState"] == true {
            screen.note(
                "note: apps and configuration of the fleet stay as they are; change them there")
        }
        if map["keepsLoader"] == true {
            screen.note(
                "warning: the disk keeps its boot loader; only a new image brings another")
        }
    }

    /// Makes the update and shows bytes, rate and what is left.
    func updateApply() throws(ClientError) {
        var query = try source(describingOnly: false)
        if invocation.has("no-restart") { query.append(("no-restart", "true")) }
        var end: ValueMap?
        var failure: String?
        try client.stream(["v1", "updates"], query, method: "POST") {
            (event, data) throws(ClientError) in
            let map = data.map ?? [:]
            switch event {
            case "progress": screen.note(Self.step(map))
            case "end": end = map
            case "failure": failure = map["message"]?.text ?? "it failed"
            default: break
            }
            return end == nil && failure == nil
        }
        if let failure { throw .broken(failure) }
        guard let end else {
            throw .broken("the connection ended before the update did; ask again, it goes on")
        }
        let next =
            switch end["restart"]?.text {
            case "now": "the machine restarts"
            case "turn": "the machine restarts when it is its turn in the fleet"
            default: "it starts at the next restart"
            }
        screen.write(
            "\(Rendering.cell(end["generation"])) is in slot \(Rendering.cell(end["target"])); "
                + "\(next)\n")
    }

    func updateStatus() throws(ClientError) {
        let answer = try client.call("GET", ["v1", "updates"])
        if print(answer, as: try format) { return }
        let map = answer.map ?? [:]
        var table = Table(["WHAT", "IS"])
        for key in ["runs", "sequence", "slot"] { table.add([key, Rendering.cell(map[key])]) }
        if let failure = map["loader"] { table.add(["loader", Rendering.cell(failure)]) }
        for name in map["entries"]?.list?.compactMap(\.text) ?? [] {
            table.add(["entry", Rendering.printable(line: name)])
        }
        let update = map["update"]?.map ?? [:]
        for key in ["sequence", "state", "try", "reason"] where update[key] != nil {
            table.add(["update \(key)", Rendering.cell(update[key])])
        }
        for key in ["bytes", "changed"] where update[key] != nil {
            table.add(["update \(key)", Rendering.cell(update[key], unit: "bytes")])
        }
        for system in map["systems"]?.list?.compactMap(\.map) ?? [] {
            let words = ["state", "slot", "reason"].compactMap { key in
                system[key].map { Rendering.cell($0) }
            }
            table.add([
                "system \(Rendering.cell(system["sequence"]))", words.joined(separator: "  "),
            ])
        }
        screen.write(table.text)
        if map["isOnTrial"] == true { screen.note("this system is on trial") }
    }

    func updateSign() throws(ClientError) {
        let path = Self.absolute(invocation.positionals[0])
        let answer = try client.call(
            "POST", ["v1", "updates", "signatures"], query + [("path", path)])
        let map = answer.map ?? [:]
        screen.write("signed \(Rendering.cell(map["generation"]))\n")
        for key in map["keys"]?.list ?? [] { screen.write("key \(Rendering.cell(key))\n") }
    }

    private func plan(_ query: [(String, String)]) throws(ClientError) -> Value {
        try client.call("POST", ["v1", "updates", "plan"], query)
    }

    /// `constructing  12.0 MiB of 40.1 MiB, 310.2 MiB/s, 1 s left`.
    private static func step(_ map: ValueMap) -> String {
        let bytes = { (key: String) in Rendering.bytes(map[key]?.int ?? 0) }
        var text = map["state"]?.text ?? ""
        guard let total = map["total"]?.int, total > 0 else { return text }
        text += "  \(bytes("done")) of \(bytes("total"))"
        if let rate = map["rate"]?.number, rate > 0 {
            text += ", \(Rendering.bytes(Int64(rate)))/s"
        }
        if let left = map["estimate"]?.number { text += ", \(Int(left.rounded(.up))) s left" }
        return text
    }
}

extension CLI {
    /// What the machine is told of where the system comes from. With `--send` description and
    /// release are sent, and the content it lacks unless only a plan is asked for.
    private func source(describingOnly: Bool) throws(ClientError) -> [(String, String)] {
        let path = Self.absolute(invocation.positionals[0])
        guard invocation.has("send") else { return [("path", path)] }
        let copy = CopyDirectory(path)
        var query: [(String, String)] = []
        let description: Description?
        let release: Release?
        do throws(ReproductionError) {
            description = try copy.description()
            release = try copy.release()
        } catch { throw .broken("\(error)") }
        guard let description else {
            throw .usage("\(printable(path)) describes no system")
        }
        query.append(("description", try send(description.encoded)))
        if let release { query.append(("release", try send(release.encoded))) }
        if !describingOnly { try sendMissing(copy, query) }
        return query
    }

    private func send(_ bytes: [UInt8]) throws(ClientError) -> String {
        let blob = Blob(of: bytes)
        var meter = SendMeter(total: blob.size, isShown: false)
        try send(blob, from: 0, &meter) { offset, count in
            Array(bytes[Int(offset)..<Int(offset) + count])
        }
        return blob.digest.description
    }

    private func sendMissing(
        _ copy: CopyDirectory, _ query: [(String, String)]
    ) throws(ClientError) {
        let missing = try plan(query).map?["missing"]?.list?.compactMap(\.map) ?? []
        var meter = SendMeter(total: 0, isShown: true)
        var blobs: [(Blob, Int64)] = []
        for map in missing {
            guard let digest = map["digest"]?.text.flatMap({ ContentDigest($0) }),
                let size = map["size"]?.int
            else { throw .broken("the node names content that is none") }
            let have = map["have"]?.int ?? 0
            blobs.append((Blob(digest, size: size), have))
            meter.total += size - have
        }
        for (blob, have) in blobs {
            let reader: BlobReader
            do throws(ReproductionError) { reader = try copy.store.open(blob.digest) } catch {
                throw .broken("\(error)")
            }
            try send(blob, from: have, &meter) { (offset, count) throws(ReproductionError) in
                var buffer = [UInt8](repeating: 0, count: count)
                let read = try reader.read(into: &buffer, at: offset)
                return Array(buffer.prefix(read))
            }
        }
        if meter.total > 0 { screen.note(meter.line) }
    }

    /// Sends content piece by piece, from where the machine has it.
    private func send(
        _ blob: Blob, from start: Int64, _ meter: inout SendMeter,
        _ read: (Int64, Int) throws(ReproductionError) -> [UInt8]
    ) throws(ClientError) {
        var offset = start
        var refused = 0
        repeat {
            let count = Int(min(blob.size - offset, Int64(Limits.updatePiece.value)))
            let bytes: [UInt8]
            do throws(ReproductionError) { bytes = try read(offset, count) } catch {
                throw .broken("\(error)")
            }
            let answer = try client.call(
                "POST", ["v1", "updates", "content"],
                [
                    ("digest", blob.digest.description), ("size", "\(blob.size)"),
                    ("offset", "\(offset)"),
                ], body: bytes)
            guard let have = answer.map?["have"]?.int, (0...blob.size).contains(have) else {
                throw .broken("the node does not say what it has of \(blob.digest)")
            }
            // Somebody else sends the same, or what was here was damaged: not for ever.
            refused = have == offset + Int64(bytes.count) ? 0 : refused + 1
            guard refused < 4 else { throw .broken("the node does not take \(blob.digest)") }
            if meter.take(have - offset), meter.isShown { screen.note(meter.line) }
            offset = have
        } while offset < blob.size
    }
}

/// Counts what is sent.
private struct SendMeter {
    var total: Int64
    let isShown: Bool
    private var done: Int64 = 0
    private let clock = LinuxClock()
    private let began: Ticks
    private var shown: Ticks

    init(total: Int64, isShown: Bool) {
        self.total = total
        self.isShown = isShown
        began = clock.ticks
        shown = began
    }

    /// Counts; true when it is time to show it, once a second.
    mutating func take(_ bytes: Int64) -> Bool {
        done += bytes
        let now = clock.ticks
        guard now.nanoseconds(since: shown) > 1_000_000_000 else { return false }
        shown = now
        return true
    }

    var line: String {
        let seconds = Double(max(1, clock.ticks.nanoseconds(since: began))) / 1e9
        let rate = Double(done) / seconds
        var text =
            "sending  \(Rendering.bytes(done)) of \(Rendering.bytes(total)), "
            + "\(Rendering.bytes(Int64(rate)))/s"
        if rate > 0, done < total {
            text += ", \(Int((Double(total - done) / rate).rounded(.up))) s left"
        }
        return text
    }
}
