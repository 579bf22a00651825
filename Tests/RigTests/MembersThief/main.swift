internal import Host
internal import Resources
internal import Trust

// What a thief makes of the disk of a machine that voted: a certificate for etcd, for a new key and of
// a number that no list has, with the authority's key as it was sealed to that machine. Arguments:
// its state directory, its name, a copy of `pisces get authority/etcd -o json`, a folder for the PEM
// files, the address that the thief comes from.

enum ThiefError: Error { case usage, noKey, badCopy(String) }

let arguments = CommandLine.arguments
guard arguments.count == 6, let address = IPAddress(arguments[5]) else {
    print("usage: ThiefRig <state> <name> <authority.json> <folder> <address>")
    throw ThiefError.usage
}
let (state, name, folder) = (arguments[1], arguments[2], arguments[4])
let files = LinuxFiles()
guard let bytes = try files.read(state + "/machine.key", atMost: 1024) else {
    throw ThiefError.noKey
}
let key = try MachineKey(encoded: SecretBytes(copying: bytes))

guard let text = try files.read(arguments[3], atMost: 1 << 20),
    let data = plain(try JSONReader.decode(text)).map?["data"]?.map,
    let sealed = data["sealed"], let version = data["version"]?.int,
    let certificate = data["certificate"]?.bytes
else { throw ThiefError.badCopy(arguments[3]) }
let authorityName = try ResourceName("etcd")
let authority = try CertificateAuthority(
    opening: CertificateAuthority.sealed(from: sealed, name: authorityName), version: version,
    certificate: Certificate(bytes: certificate), name: authorityName, with: key)

let entropy = LinuxEntropy()
let now = LinuxClock().now
let own = MachineKey()
let minted = try authority.issue(
    to: name, key: own.signerKey, as: .voter, serial: entropy.identifier(at: now), now: now,
    at: Position(1), hosts: [.address(address.bytes)])
try files.makeFolder(folder)
try write("certificate.pem", "CERTIFICATE", minted.bytes)
try write("key.pem", "PRIVATE KEY", own.forTLS.withBytes { $0 })

/// Bytes are written as `{"$bytes": base64}`.
func plain(_ value: Value) -> Value {
    switch value {
    case .map(let map):
        if map.entries.count == 1, let text = map["$bytes"]?.text,
            let bytes = Base64.decode(text)
        {
            return .bytes(bytes)
        }
        var result: ValueMap = [:]
        for (key, value) in map.entries { result[key] = plain(value) }
        return .map(result)
    case .list(let list): return .list(list.map(plain))
    case .null, .bool, .int, .float, .text, .bytes: return value
    }
}

func write(_ file: String, _ label: String, _ bytes: [UInt8]) throws {
    var letters = Base64.encode(bytes)[...]
    var text = "-----BEGIN \(label)-----\n"
    while !letters.isEmpty {
        text += letters.prefix(64) + "\n"
        letters = letters.dropFirst(64)
    }
    text += "-----END \(label)-----\n"
    try files.replace("\(folder)/\(file)", with: Array(text.utf8), mode: 0o600)
}
