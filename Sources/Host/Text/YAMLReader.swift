internal import CHost
internal import Resources

/// Reads the strict subset of YAML that Pisces takes (Docs/drivers.md): block and flow maps and
/// lists, quoted and plain scalars. No anchors, aliases, tags or merge keys; no booleans but `true`
/// and `false`; no number that readers of YAML 1.1 and 1.2 take differently; no key twice.
// SAFETY: the parser and the text it reads outlive the reader, which only `read` makes.
@safe public struct YAMLReader {
    private typealias Event = chost_yaml_event

    private let parser: OpaquePointer
    private var locations: [[String]: YAMLDocument.Location] = [:]
    private var path: [String] = []

    /// The documents of a stream in order; an empty stream has none.
    public static func read(_ bytes: [UInt8]) throws(YAMLError) -> [YAMLDocument] {
        try checkText(bytes)
        let result: Result<[YAMLDocument], YAMLError> = unsafe bytes.withUnsafeBufferPointer {
            buffer in
            guard let parser = unsafe chost_yaml_open(buffer.baseAddress, buffer.count) else {
                return .failure(
                    YAMLError(start, found: "no memory for a reader", expected: "free some"))
            }
            defer { unsafe chost_yaml_close(parser) }
            var reader = unsafe YAMLReader(parser: parser)
            do throws(YAMLError) { return .success(try reader.readStream()) } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// The documents of a text.
    public static func read(_ text: String) throws(YAMLError) -> [YAMLDocument] {
        try read(Array(text.utf8))
    }

    private init(parser: OpaquePointer) { unsafe self.parser = parser }

    private static let start = YAMLDocument.Location(line: 1, column: 1)

    private static func checkText(_ bytes: [UInt8]) throws(YAMLError) {
        let limit = Limits.yamlBytes
        if bytes.count > limit.value {
            throw YAMLError(
                start, found: "the text has \(bytes.count) bytes",
                expected: "the limit is \(limit.value); split it into several files")
        }
        if String(validating: bytes, as: UTF8.self) == nil {
            throw YAMLError(
                start, found: "the text is not UTF-8", expected: "save it as UTF-8")
        }
    }

    private mutating func next() throws(YAMLError) -> Event {
        var event = unsafe Event()
        var problem: UnsafePointer<CChar>?
        if unsafe chost_yaml_next(parser, &event, &problem) == 0 { return unsafe event }
        let words = unsafe problem.map { unsafe String(cString: $0) } ?? "cannot be read"
        throw unsafe YAMLError(
            location(event), found: words, expected: "YAML was expected; look for a wrong indent")
    }

    private func location(_ event: Event) -> YAMLDocument.Location {
        unsafe YAMLDocument.Location(line: event.line + 1, column: event.column + 1)
    }

    private mutating func readStream() throws(YAMLError) -> [YAMLDocument] {
        var documents: [YAMLDocument] = []
        while true {
            let event = try unsafe next()
            switch unsafe UInt32(event.kind) {
            case CHOST_YAML_STREAM_END.rawValue: return documents
            case CHOST_YAML_DOCUMENT_START.rawValue:
                if documents.count == Limits.yamlDocuments.value {
                    throw unsafe YAMLError(
                        location(event), found: "one document too many",
                        expected: "the limit is \(documents.count); split the file")
                }
                documents.append(try readDocument())
            default: continue
            }
        }
    }

    private mutating func readDocument() throws(YAMLError) -> YAMLDocument {
        locations = [:]
        path = []
        let event = try unsafe next()
        unsafe locations[[]] = location(event)
        let value = try unsafe readValue(event, depth: 0)
        return YAMLDocument(value: value, locations: locations)
    }

    private mutating func readValue(_ event: Event, depth: Int) throws(YAMLError) -> Value {
        try unsafe refuseAnchors(event)
        if depth >= Limits.valueDepth.value {
            throw unsafe YAMLError(
                location(event), found: "nested too deeply",
                expected: "the limit is \(Limits.valueDepth.value) levels")
        }
        return switch unsafe UInt32(event.kind) {
        case CHOST_YAML_SCALAR.rawValue: try unsafe readScalar(event)
        case CHOST_YAML_SEQUENCE_START.rawValue: try readList(depth: depth)
        case CHOST_YAML_MAPPING_START.rawValue: try readMap(depth: depth)
        default:
            throw unsafe YAMLError(
                location(event), found: "nothing here", expected: "a value was expected")
        }
    }

    private func refuseAnchors(_ event: Event) throws(YAMLError) {
        if unsafe event.kind == CHOST_YAML_ALIAS.rawValue || event.has_anchor != 0 {
            throw unsafe YAMLError(
                location(event), found: "anchors and aliases are not taken",
                expected: "write the value out, or quote a text that starts with & or *")
        }
        if unsafe event.has_tag != 0 {
            throw unsafe YAMLError(
                location(event), found: "tags are not taken",
                expected: "leave it out, or quote a text that starts with !")
        }
    }

    private func readScalar(_ event: Event) throws(YAMLError) -> Value {
        let text = unsafe text(of: event)
        if unsafe event.plain == 0 { return .text(text) }
        return try unsafe YAMLScalar.value(of: text, at: location(event))
    }

    private func text(of event: Event) -> String {
        guard let start = unsafe event.text else { return "" }
        return unsafe String(
            decoding: UnsafeBufferPointer(start: start, count: event.length), as: UTF8.self)
    }

    private mutating func readList(depth: Int) throws(YAMLError) -> Value {
        var list: [Value] = []
        while true {
            let event = try unsafe next()
            if unsafe event.kind == CHOST_YAML_SEQUENCE_END.rawValue { return .list(list) }
            path.append(String(list.count))
            unsafe locations[path] = location(event)
            list.append(try unsafe readValue(event, depth: depth + 1))
            path.removeLast()
        }
    }

    private mutating func readMap(depth: Int) throws(YAMLError) -> Value {
        var pairs: [(String, Value)] = []
        while true {
            let event = try unsafe next()
            if unsafe event.kind == CHOST_YAML_MAPPING_END.rawValue {
                return .map(SortedMap(pairs))
            }
            let key = try unsafe readKey(event)
            path.append(key)
            if let first = locations[path] {
                throw unsafe YAMLError(
                    location(event), found: "the key `\(printable(key))` is there twice",
                    expected: "the first is at \(first); keep one")
            }
            unsafe locations[path] = location(event)
            let value = try unsafe next()
            pairs.append((key, try unsafe readValue(value, depth: depth + 1)))
            path.removeLast()
        }
    }

    private func readKey(_ event: Event) throws(YAMLError) -> String {
        try unsafe refuseAnchors(event)
        guard unsafe event.kind == CHOST_YAML_SCALAR.rawValue else {
            throw unsafe YAMLError(
                location(event), found: "a list or map as a key",
                expected: "a text was expected before the colon")
        }
        let key = unsafe text(of: event)
        if unsafe event.plain == 0 { return key }
        if key == "<<" {
            throw unsafe YAMLError(
                location(event), found: "merge keys are not taken",
                expected: "write the pairs out")
        }
        if key.isEmpty {
            throw unsafe YAMLError(
                location(event), found: "no key", expected: "a key was expected before the colon")
        }
        return key
    }
}
