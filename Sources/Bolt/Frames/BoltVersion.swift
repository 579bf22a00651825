/// A version of the protocol that this room speaks.
public enum BoltVersion: Sendable, CaseIterable {
    case v5_4
    case v4_4

    /// Major and minor number.
    public var numbers: (major: UInt8, minor: UInt8) {
        switch self {
        case .v5_4: (5, 4)
        case .v4_4: (4, 4)
        }
    }

    /// Credentials come in LOGON, after HELLO.
    var hasLogon: Bool { self == .v5_4 }

    /// How its values are written before HELLO may have patched it.
    var dialect: PackDialect {
        switch self {
        case .v5_4: PackDialect(elementIDs: true, utc: true)
        case .v4_4: PackDialect(elementIDs: false, utc: false)
        }
    }
}
