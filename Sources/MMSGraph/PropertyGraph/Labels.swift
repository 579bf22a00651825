public import Resources

/// Labels of the query language: a type in UpperCamelCase, `network-interface` as
/// `NetworkInterface`.
public enum Labels {
    /// The label of a type.
    public static func label(of type: TypeName) -> String {
        type.text.split { $0 == "-" || $0 == "_" || $0 == "." }
            .map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }
}
