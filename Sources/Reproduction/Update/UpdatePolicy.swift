public import Resources
internal import Trust

/// Which updates a machine takes and how it tries them: what resources of type `updatepolicy` say,
/// all of them together.
public struct UpdatePolicy: Hashable, Sendable {
    /// Who has to sign; a release has to satisfy each.
    public private(set) var trusts: [ReleaseTrust] = []
    /// How long a new system may take to become sound, in milliseconds.
    public private(set) var patience = UInt64(Limits.updatePatience.value)
    /// How long it has to be sound before it is kept, in milliseconds.
    public private(set) var soak = UInt64(Limits.updateSoak.value)
    /// True when a machine restarts into an update as soon as it is armed.
    public private(set) var restarts = true
    /// How many machines of a fleet restart into an update at once.
    public private(set) var atOnce = Limits.restartsAtOnce.value

    /// What the `data` of all resources of the type say: every set of keys counts, the shortest
    /// patience, the longest soak, the fewest at once, and a restart only when all allow it.
    public init(_ policies: [ValueMap]) throws(ReproductionError) {
        for policy in policies { trusts.append(try Self.trust(policy)) }
        func numbers(_ field: String, _ limit: Limit) -> [UInt64] {
            policies.compactMap { policy in
                policy[field]?.int.map { value in
                    let range = limit.range
                    return UInt64(
                        min(max(value, Int64(range.lowerBound)), Int64(range.upperBound)))
                }
            }
        }
        patience = numbers("patience", Limits.updatePatience).min() ?? patience
        soak = numbers("soak", Limits.updateSoak).max() ?? soak
        let fewest = numbers("atOnce", Limits.restartsAtOnce).min()
        atOnce = fewest.map { Int(clamping: $0) } ?? atOnce
        restarts = policies.allSatisfy { ($0["restart"] ?? true) == true }
    }

    private static func trust(_ policy: ValueMap) throws(ReproductionError) -> ReleaseTrust {
        var keys: [SignerKey] = []
        for value in policy["keys"]?.list ?? [] {
            do throws(TrustError) { keys.append(try SignerKey(value.text ?? "")) } catch {
                throw ReproductionError(error)
            }
        }
        return try ReleaseTrust(keys: keys, threshold: Int(clamping: policy["threshold"]?.int ?? 1))
    }

    /// Checks that a release satisfies every policy; without one nothing is taken.
    func check(
        _ release: Release?, of description: Description, at present: ReleaseTrust.Present
    ) throws(ReproductionError) {
        guard let release else {
            throw refusal(
                description, "nobody signed it",
                "sign it on a machine whose key counts: "
                    + "pisces update sign DIRECTORY")
        }
        guard !trusts.isEmpty else {
            throw refusal(
                description, "this machine trusts no key",
                "create an updatepolicy with the keys that count")
        }
        for trust in trusts { try trust.check(release, of: description, at: present) }
    }

    private func refusal(
        _ description: Description, _ cause: String, _ remedy: String
    ) -> ReproductionError {
        ReproductionError(
            .untrusted, operation: "take", subject: "description \(description.digest)",
            cause: cause, remedy: remedy)
    }
}
