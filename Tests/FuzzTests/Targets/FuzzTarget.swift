internal import Resources

/// A reader of bytes from outside, with what must hold for every input. The fuzzer
/// (`Fuzz/`) and the test that replays `Fuzz/Corpus` share these.
struct FuzzTarget: Sendable {
    /// As in `Fuzz/Corpus/NAME`.
    let name: String
    /// Which promise the input breaks; nil when all hold. A crash is a finding too.
    let broken: @Sendable ([UInt8]) -> String?

    /// Every target, in order of their names.
    static let all = [
        FuzzTarget(name: "app", broken: app),
        FuzzTarget(name: "batch", broken: batch),
        FuzzTarget(name: "bolt", broken: bolt),
        FuzzTarget(name: "cbor", broken: cbor),
        FuzzTarget(name: "certificate", broken: certificate),
        FuzzTarget(name: "chain", broken: chain),
        FuzzTarget(name: "commands", broken: commands),
        FuzzTarget(name: "description", broken: description),
        FuzzTarget(name: "dns", broken: dns),
        FuzzTarget(name: "head", broken: head),
        FuzzTarget(name: "invitation", broken: invitation),
        FuzzTarget(name: "json", broken: json),
        FuzzTarget(name: "lease", broken: lease),
        FuzzTarget(name: "manifest", broken: manifest),
        FuzzTarget(name: "names", broken: names),
        FuzzTarget(name: "peer", broken: peer),
        FuzzTarget(name: "predicate", broken: predicate),
        FuzzTarget(name: "segment", broken: segment),
        FuzzTarget(name: "statement", broken: statement),
        FuzzTarget(name: "tar", broken: tar),
        FuzzTarget(name: "yaml", broken: yaml),
    ]

    /// The target of that name.
    static func named(_ name: String) -> FuzzTarget? { all.first { $0.name == name } }
}
