internal import Resources

/// The words a room is built of are constants: a slip in one is found by the first test.
func known<Name>(_ make: () throws(NameError) -> Name) -> Name {
    do throws(NameError) {
        return try make()
    } catch {
        preconditionFailure("\(error.what) \(error.text): \(error.reason)")
    }
}

/// The types of what this room's sensors see.
enum Kind {
    static let machine = known { () throws(NameError) in try TypeName("machine") }
    static let process = known { () throws(NameError) in try TypeName("process") }
    static let interface = known { () throws(NameError) in try TypeName("interface") }
    static let address = known { () throws(NameError) in try TypeName("address") }
    static let route = known { () throws(NameError) in try TypeName("route") }
    static let mount = known { () throws(NameError) in try TypeName("mount") }
    static let gap = known { () throws(NameError) in try TypeName("gap") }
}

/// A resource name of any text: what a name may not hold is escaped, what is too long is cut and
/// closed with a digest of the whole.
func subjectName(_ text: String) -> ResourceName {
    // A refusal here only says that the text needs the careful way.
    if let name = try? ResourceName(text) { return name }
    var safe = ""
    for scalar in text.unicodeScalars {
        let one = String(scalar)
        let fine = (try? ResourceName("a" + one)) != nil
        safe += fine ? one : "\\u{\(String(scalar.value, radix: 16))}"
    }
    if safe.isEmpty || safe == "." || safe == ".." { safe = "\"\(safe)\"" }
    if safe.utf8.count > Limits.nameBytes.value {
        let digest = String(fingerprint(safe.utf8), radix: 16)
        var cut = safe
        while cut.utf8.count + digest.utf8.count + 3 > Limits.nameBytes.value { cut.removeLast() }
        safe = "\(cut)…\(digest)"
    }
    return known { () throws(NameError) in try ResourceName(safe) }
}

/// FNV-1a over the bytes: tells long names apart; not for untrusted uniqueness.
func fingerprint(_ bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
}
