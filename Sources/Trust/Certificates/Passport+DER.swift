internal import Resources

/// The object identifiers of our certificates, encoded.
enum OID {
    /// id-Ed25519 (RFC 8410 section 3), as an algorithm: a sequence without parameters.
    static let ed25519 = DER.list([0x06, 0x03, 0x2B, 0x65, 0x70])
    /// 1.2.840.113556.1.8000.2554.16402.53190.60021.22890.45592.2530589.4867300, an identifier made from the
    /// UUID of ours in the arc that Microsoft gives to such. Not 2.25.UUID (X.667): Go, and so
    /// etcd, refuses certificates with an arc above 2^31 anywhere.
    static let passport = DER.value(
        DER.identifier,
        [
            0x2A, 0x86, 0x48, 0x86, 0xF7, 0x14, 0x01, 0xBE, 0x40, 0x93, 0x7A, 0x81, 0x80, 0x12,
            0x83, 0x9F, 0x46, 0x83, 0xD4, 0x75, 0x81, 0xB2, 0x6A, 0x82, 0xE4, 0x18, 0x81, 0x9A,
            0xBA, 0x1D, 0x82, 0xA9, 0x89, 0x64,
        ])
    static let serverAuthentication = keyPurpose(1)
    static let clientAuthentication = keyPurpose(2)

    /// An attribute of a name (RFC 5280 appendix A.1): 2.5.4.x.
    static func attribute(_ number: UInt8) -> [UInt8] { [0x06, 0x03, 0x55, 0x04, number] }
    /// An extension (RFC 5280 section 4.2.1): 2.5.29.x.
    static func known(_ number: UInt8) -> [UInt8] { [0x06, 0x03, 0x55, 0x1D, number] }

    private static func keyPurpose(_ number: UInt8) -> [UInt8] {
        [0x06, 0x08, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, number]
    }
}

extension Passport {
    /// The part of the certificate that is signed (RFC 5280 section 4.1.2).
    var certificateBody: [UInt8] {
        let issuer = Self.name("fleet", "authority", authority)
        let holder = DER.list(OID.ed25519, DER.bitString(key.bytes))
        return DER.list(
            DER.tagged(0, DER.number([2])), DER.number(serial.bytes), OID.ed25519, issuer,
            DER.list(Self.time(begin), Self.time(end)), subject, holder,
            DER.tagged(3, DER.value(DER.sequence, extensions)))
    }

    /// Who the certificate is for, as it stands there.
    var subject: [UInt8] { Self.name(name, use.text, key.fingerprint) }

    /// Common name, organisational unit and number: who, as what, and the key's fingerprint.
    private static func name(_ name: String, _ unit: String, _ key: Fingerprint) -> [UInt8] {
        func part(_ number: UInt8, _ tag: UInt8, _ text: String) -> [UInt8] {
            DER.value(
                DER.set, DER.list(OID.attribute(number), DER.value(tag, Array(text.utf8))))
        }
        return DER.list(
            part(10, DER.utf8, "pisces"), part(11, DER.utf8, unit), part(3, DER.utf8, name),
            part(5, DER.printable, key.description))
    }

    /// Up to 2049 with two digits of the year, then with four (RFC 5280 section 4.1.2.5).
    static func time(_ time: WallTime) -> [UInt8] {
        let digits = time.text.prefix(19).filter { ("0"..."9").contains($0) } + "Z"
        return digits < "2050"
            ? DER.value(DER.utcTime, Array(digits.utf8.dropFirst(2)))
            : DER.value(DER.generalizedTime, Array(digits.utf8))
    }

    private var extensions: [UInt8] {
        let isAuthority = use == .authority
        func add(_ name: [UInt8], critical: Bool = false, _ content: [UInt8]) -> [UInt8] {
            let mark = critical ? DER.value(DER.boolean, [0xFF]) : []
            return DER.list(name, mark, DER.value(DER.octets, content))
        }
        // May sign certificates, but of no other authority; or may not.
        let constraints =
            isAuthority
            ? DER.list(DER.value(DER.boolean, [0xFF]), DER.number([0])) : DER.list()
        var all = add(OID.known(19), critical: true, constraints)
        // keyCertSign and cRLSign; or digitalSignature.
        let usage =
            isAuthority ? DER.bitString([0x06], unused: 1) : DER.bitString([0x80], unused: 7)
        all += add(OID.known(15), critical: true, usage)
        if !isAuthority {
            let purposes = DER.list(OID.serverAuthentication, OID.clientAuthentication)
            all += add(OID.known(37), purposes)
        }
        all += add(OID.known(14), DER.value(DER.octets, key.fingerprint.identifier))
        all += add(OID.known(35), DER.list(DER.value(0x80, authority.identifier)))
        if !hosts.isEmpty { all += add(OID.known(17), names) }
        return all + add(OID.passport, encoded)
    }

    private var names: [UInt8] {
        let list = hosts.map { host in
            switch host {
            case .name(let name): DER.value(0x82, Array(name.utf8))
            case .address(let bytes): DER.value(0x87, bytes)
            }
        }
        return DER.value(DER.sequence, list.flatMap(\.self))
    }
}

extension Fingerprint {
    /// 20 bytes of it, as certificates name keys.
    var identifier: [UInt8] { Array(digest.prefix(20)) }
}
