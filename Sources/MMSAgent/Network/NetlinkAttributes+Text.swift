internal import Host

extension NetlinkAttributes {
    /// An attribute as text closed by NUL.
    func text(_ kind: UInt16) -> String? { self[kind].map { lossyText($0.prefix { $0 != 0 }) } }
}
