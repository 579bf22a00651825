/// The version of this binary.
public enum Version {
    /// As shown and logged.
    public static let text = "0.1.0"
}
