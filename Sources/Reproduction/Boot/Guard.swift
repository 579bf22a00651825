/// The first program that firmware starts: it starts systemd-boot and resets the machine when
/// that comes back, for systemd-boot 252 hangs on an entry that is damaged (Scripts/lib/guard.c).
public enum Guard {
    /// Its bytes for a kind of processor: a PE32+ file of 2 KiB.
    public static func program(for architecture: Description.Architecture) -> [UInt8] {
        switch architecture {
        case .x86_64: GuardAssets.x86_64
        case .aarch64: GuardAssets.aarch64
        }
    }
}
