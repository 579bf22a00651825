/// How reading the descriptors of a process ended.
public enum DescriptorOutcome: Hashable, Sendable {
    case complete
    /// There is no such process any more.
    case gone
    /// This reader may not see them.
    case refused
}
