internal import Bus
internal import MMSGraph
internal import Resources
internal import Trust

/// What a node looks after, step by step: one that fails keeps no other from being taken.
enum CareSteps {
    /// Takes all steps, in order. Gives what went wrong, each cause once; nil when nothing did.
    static func failures(_ steps: [() throws -> Void]) -> String? {
        var causes: [String] = []
        for step in steps {
            do { try step() } catch {
                let cause = cause(of: error)
                if !causes.contains(cause) { causes.append(cause) }
            }
        }
        return causes.isEmpty ? nil : causes.joined(separator: "; ")
    }

    /// What went wrong, in words for people.
    static func cause(of error: any Error) -> String {
        switch error {
        case let refusal as Refusal: refusal.message
        case let failure as NodeError: failure.message
        case let failure as BusError: failure.description
        case let failure as TrustError: failure.description
        case let failure as GraphError:
            "\(failure.operation) \(failure.subject): \(failure.cause)"
        default: "\(error)"
        }
    }
}
