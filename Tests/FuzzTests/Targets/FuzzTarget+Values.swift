internal import Host
internal import Resources

@testable internal import MMSConsole

extension FuzzTarget {
    /// Canonical CBOR: what is accepted is written again as the same bytes.
    @Sendable static func cbor(_ input: [UInt8]) -> String? {
        let value: Value
        do throws(CBORError) { value = try CBORReader.decode(input) } catch { return nil }
        var writer = CBORWriter()
        writer.write(value)
        return writer.bytes == input ? nil : "accepted a form that is not canonical"
    }

    /// A batch as the log keeps it: what is accepted is written again as the same bytes.
    @Sendable static func batch(_ input: [UInt8]) -> String? {
        do throws(CBORError) {
            let batch = try CBORReader.decodeBatch(input)
            var writer = CBORWriter()
            writer.write(batch)
            return writer.bytes == input ? nil : "accepted a form that is not canonical"
        } catch { return nil }
    }

    /// Strict JSON: what is accepted keeps its value when written and read again, as JSON and as
    /// the YAML that `edit` shows.
    @Sendable static func json(_ input: [UInt8]) -> String? {
        let value: Value
        do throws(JSONError) { value = try JSONReader.decode(input) } catch { return nil }
        var writer = JSONWriter()
        writer.write(value)
        do throws(JSONError) {
            let again = try JSONReader.decode(writer.bytes)
            if again != value { return "is another value when written and read again" }
        } catch { return "wrote what it does not read: \(error.reason)" }
        return yamlForm(of: value)
    }

    private static func yamlForm(of value: Value) -> String? {
        let text = Array(Rendering.yaml(.map(["a": value])).utf8)
        guard text.count <= Limits.yamlBytes.value else { return nil }
        do throws(YAMLError) {
            let again = try YAMLReader.read(text).first?.value
            return plain(again) == plain(.map(["a": value]))
                ? nil : "is another value as YAML: \(String(decoding: text, as: UTF8.self))"
        } catch {
            // Values of JSON may be deeper or have more parts than YAML takes.
            return error.found.contains("deep") || error.found.contains("more than")
                ? nil : "has no YAML form: \(error)"
        }
    }

    /// The value as the API reads it from JSON: bytes are maps in YAML.
    private static func plain(_ value: Value?) -> [UInt8] {
        var writer = JSONWriter()
        writer.write(value ?? .null)
        return writer.bytes
    }

    /// Names, addresses, identifiers and times: what is accepted is written as it was read, and no
    /// name holds what cannot be told apart on a screen.
    @Sendable static func names(_ input: [UInt8]) -> String? {
        let text = String(decoding: input, as: UTF8.self)
        if let name = try? Namespace(text), name.path != text { return "a namespace changed" }
        if let name = try? TypeName(text), name.text != text { return "a type changed" }
        if let name = try? Relation(text), name.text != text { return "a relation changed" }
        if let name = try? ResourceName(text) {
            if name.text != text { return "a name changed" }
            if text.utf8.count > Limits.nameBytes.value { return "a name is too long" }
            if text.unicodeScalars.contains(where: { $0.value < 0x20 }) { return "a control" }
        }
        if let author = Identity(text), author.text != text { return "an identity changed" }
        if let id = Identifier(text), Identifier(id.description) != id {
            return "an identifier changed"
        }
        if let time = WallTime(text: text), WallTime(text: time.text) != time,
            1...9998 ~= year(time)
        {
            return "a time changed"
        }
        return printable(text).unicodeScalars.contains { $0.value < 0x20 } ? "a control" : nil
    }

    private static func year(_ time: WallTime) -> Int {
        Int(time.text.prefix { $0 != "-" }) ?? 0
    }
}
