internal import Trust

/// What a message, a log or the dump of a crash may say of an instance: which, but not what it was
/// given.
extension Instance: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "\(name) (\(id))" }
    public var debugDescription: String { description }
    public var customMirror: Mirror {
        Mirror(self, children: ["id": id, "name": name, "device": device], displayStyle: .struct)
    }
}

extension Instance.File: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The path, and of a secret no more.
    public var description: String {
        path + (isSecret ? " \(SecretBytes.mask)" : " of \(bytes.count) bytes")
    }
    public var debugDescription: String { description }
    public var customMirror: Mirror {
        Mirror(self, children: ["path": path], displayStyle: .struct)
    }
}
