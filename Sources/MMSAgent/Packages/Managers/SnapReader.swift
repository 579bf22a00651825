internal import Host
internal import Resources

/// The packages of snapd: an archive each, mounted below `/snap`, and what the store said of them
/// in snapd's state.
struct SnapReader {
    static let snaps = "/var/lib/snapd/snaps"
    private static let state = "/var/lib/snapd/state.json"
    private static let mounts = ["/snap", "/var/lib/snapd/snap"]
    /// What the state said, while it is the same.
    private var known: (status: FileStatus, stores: [String: Store])?

    private struct Store {
        var channel: String?
        /// Identifiers by revision.
        var ids: [String: String] = [:]
    }

    mutating func read(_ look: inout PackageLook) -> [PackageRecord] {
        var revisions: [String: [String]] = [:]
        for file in look.names(Self.snaps) where file.hasSuffix(".snap") {
            let parts = file.dropLast(5).split(separator: "_", omittingEmptySubsequences: false)
            // A second instance of a snap is called `name_key`.
            guard parts.count >= 2, let revision = parts.last, isName(revision) else { continue }
            let name = parts.dropLast().joined(separator: "_")
            if isName(name) { revisions[name, default: []].append(String(revision)) }
        }
        guard !revisions.isEmpty else { return [] }
        let root = Self.mounts.first { look.kernel.status($0, following: true) != nil }
        let stores = stores(look.kernel)
        return revisions.sorted { $0.key < $1.key }.map { name, revisions in
            let folder = "\(root ?? "/snap")/\(name)"
            _ = look.names(folder)
            let active = look.kernel.link("\(folder)/current").flatMap { isName($0) ? $0 : nil }
            let revision = active ?? revisions.max { Self.order($0) < Self.order($1) } ?? ""
            var record =
                look.record("\(folder)/\(revision)/meta/snap.yaml") { Self.record($0, name) }
                ?? PackageRecord(manager: "snap", name: name, label: "\(name)@snap", data: [:])
            record.data["revision"] = .text(revision)
            record.data["state"] = active == nil ? "disabled" : "installed"
            record.data["channel"] = stores[name]?.channel.map { .text($0) }
            record.data["storeId"] = stores[name]?.ids[revision].map { .text($0) }
            return record
        }
    }

    /// Revisions of the store are numbers; `x1` is one that was installed from a file.
    private static func order(_ revision: String) -> UInt64 {
        decimal(revision.utf8) ?? decimal(revision.dropFirst().utf8) ?? 0
    }

    /// What a `snap.yaml` says.
    static func record(_ bytes: [UInt8], _ name: String) -> PackageRecord {
        let fields = TopFields(bytes)
        var data = ValueMap()
        for field in ["version", "summary", "base", "license", "confinement", "grade"] {
            data[field] = fields.texts[field].map { .text($0) }
        }
        data["kind"] = .text(fields.texts["type"] ?? "app")
        if data["confinement"] == nil { data["confinement"] = "strict" }
        data["architectures"] = .unlessEmpty(fields.lists["architectures"] ?? [])
        return PackageRecord(manager: "snap", name: name, label: "\(name)@snap", data: data)
    }

    private mutating func stores(_ kernel: any Kernel) -> [String: Store] {
        guard let status = kernel.status(Self.state, following: true) else { return [:] }
        if let known, known.status == status { return known.stores }
        let bytes = kernel.read(Self.state, at: 0, count: Limits.kernelTextBytes.value)
        // A state that is cut or damaged says nothing of the store.
        let state = bytes.flatMap { try? JSONReader.decode($0) }
        let map = state?.map
        var stores: [String: Store] = [:]
        let snaps = map?["data"]?.map?["snaps"]?.map ?? ValueMap()
        for (name, value) in snaps.entries {
            guard let snap = value.map else { continue }
            var store = Store(channel: snap["channel"]?.text)
            for one in (snap["sequence"]?.list ?? []).prefix(64) {
                guard let revision = one.map?["revision"] else { continue }
                let text = revision.text ?? revision.int.map { String($0) }
                if let text, let id = one.map?["snap-id"]?.text { store.ids[text] = id }
            }
            stores[name] = store
        }
        known = (status, stores)
        return stores
    }
}

/// The fields at the left edge of a YAML file that are texts in a line or lists of those.
struct TopFields {
    private(set) var texts: [String: String] = [:]
    private(set) var lists: [String: [String]] = [:]

    init(_ bytes: [UInt8]) {
        var open: String?
        for raw in bytes.split(separator: 10) {
            let line = lossyText(raw.prefix(Limits.controlField.value))
            if let open, let item = Self.item(line) {
                if lists[open, default: []].count < Limits.tags.value {
                    lists[open, default: []].append(Self.plain(item))
                }
                continue
            }
            guard let first = line.first, first != " ", first != "\t", first != "#" else {
                continue
            }
            open = nil
            guard let colon = line.firstIndex(of: ":") else { continue }
            let key = String(line[..<colon])
            let value = Self.plain(line[line.index(after: colon)...])
            if value.isEmpty {
                open = key
            } else if value.hasPrefix("["), value.hasSuffix("]") {
                let items = value.dropFirst().dropLast().split(separator: ",")
                lists[key] = items.prefix(Limits.tags.value).map { Self.plain($0) }
            } else if !value.hasPrefix("|"), !value.hasPrefix(">"), texts[key] == nil {
                texts[key] = value
            }
        }
    }

    /// The text of `- item`, wherever the line begins.
    private static func item(_ line: String) -> Substring? {
        let rest = line.drop { $0 == " " }
        return rest.hasPrefix("- ") ? rest.dropFirst(2) : nil
    }

    private static func plain(_ text: some StringProtocol) -> String {
        var rest = text.drop { $0 == " " || $0 == "\t" }
        while let last = rest.last, last == " " || last == "\t" || last == "\r" {
            rest = rest.dropLast()
        }
        for quote in ["'", "\""]
        where rest.count >= 2 && rest.hasPrefix(quote) && rest.hasSuffix(quote) {
            return String(rest.dropFirst().dropLast())
        }
        return String(rest)
    }
}
