internal import Bus
internal import Resources
internal import Trust

/// How two nodes tell each other where they and others are (Docs/Formats/forward.md).
struct AddressForm: Equatable {
    static let version: UInt64 = 1
    /// The service.
    static let path = "/bus/address"

    /// Where who says this listens.
    var own: BusAddress
    /// Where it found others a moment ago.
    var others: [Found] = []

    /// Another node, by its key, and its address.
    struct Found: Equatable {
        var key: SignerKey
        var address: BusAddress
    }

    /// `[1, own, [[key, address], …]]`.
    var bytes: [UInt8] {
        var writer = CBORWriter()
        writer.beginList(3)
        writer.write(unsigned: Self.version)
        writer.write(own.description)
        writer.beginList(others.count)
        for one in others {
            writer.beginList(2)
            writer.write(bytes: one.key.bytes)
            writer.write(one.address.description)
        }
        return writer.bytes
    }

    init(own: BusAddress, others: [Found]) {
        self.own = own
        self.others = Array(others.prefix(Limits.addressesTold.value))
    }

    /// Reads the form.
    init(bytes: [UInt8]) throws(BusError) {
        self = try EntryForm.reading(bytes, "addresses of nodes") { (reader) throws(CBORError) in
            try reader.expectList(3)
            guard try reader.readUnsigned() == Self.version,
                let own = BusAddress(try reader.readText())
            else { return nil }
            let others = try reader.readList { (reader) throws(CBORError) -> Found? in
                try reader.expectList(2)
                let key = try? SignerKey(bytes: try reader.readBytes())
                guard let key, let address = BusAddress(try reader.readText()) else { return nil }
                return Found(key: key, address: address)
            }
            guard !others.contains(nil), others.count <= Limits.addressesTold.value else {
                return nil
            }
            return AddressForm(own: own, others: others.compactMap(\.self))
        }
    }
}
