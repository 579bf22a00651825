internal import MMSGraph
internal import Resources

/// Holds budgets, prices and grants against what they mean: a word that is not understood would
/// give or bound nothing, and nobody would know.
struct PolicyCheck: Sendable {
    /// Refuses a command that leaves such a resource without a meaning.
    func check(_ command: Command, on subject: CommandSubject) throws(Refusal) {
        guard let type = subject.type, Policy.types.contains(type) || type == CoreTypes.token.name
        else { return }
        let data: ValueMap
        switch command {
        case .create(let draft): data = draft.data
        case .update(let update):
            guard let resource = subject.resource else { return }
            data = update.replaces ? update.data : resource.data.merging(update.data)
        case .delete: return
        }
        if type == AppTypes.grant.name {
            try checkGrant(data, subject.address)
        } else if type == CoreTypes.token.name {
            try checkPlace(data, subject.address)
        } else {
            try checkAmounts(data, subject.address)
        }
    }

    private func checkGrant(_ data: ValueMap, _ subject: String) throws(Refusal) {
        let subjectName = data["subject"]?.text ?? ""
        if Identity(subjectName) == nil || subjectName.hasPrefix("system:") {
            throw invalid(
                "subject", subject, "must be an identity such as local:1000 or token:NAME")
        }
        let verbs = data["verbs"]?.list ?? []
        let known = Grant.Verb.allCases.map(\.rawValue)
        guard !verbs.isEmpty, verbs.allSatisfy({ $0.text.map(known.contains) ?? false }) else {
            throw invalid("verbs", subject, "must be some of \(known.joined(separator: ", "))")
        }
        try checkPlace(data, subject)
    }

    private func checkPlace(_ data: ValueMap, _ subject: String) throws(Refusal) {
        do throws(NameError) { _ = try Namespace(data["prefix"]?.text ?? "/") } catch {
            throw invalid("prefix", subject, error.reason)
        }
        for type in data["types"]?.list ?? [] {
            do throws(NameError) { _ = try TypeName(type.text ?? "") } catch {
                throw invalid("types", subject, error.reason)
            }
        }
    }

    private func checkAmounts(_ data: ValueMap, _ subject: String) throws(Refusal) {
        let parts = Cost.dimensions.map(\.name)
        for part in parts where (data[part]?.number ?? 0) < 0 {
            throw invalid(part, subject, "must not be less than 0")
        }
        for (part, amount) in data["reserve"]?.map?.entries ?? [] {
            guard parts.contains(part), let number = amount.number, number >= 0 else {
                throw invalid(
                    "reserve", subject,
                    "must give amounts from 0 up of \(parts.joined(separator: ", "))")
            }
        }
        for (type, count) in data["quota"]?.map?.entries ?? [] {
            guard (try? TypeName(type)) != nil, let count = count.int, count >= 0 else {
                throw invalid("quota", subject, "must give counts from 0 up by type")
            }
        }
    }

    private func invalid(_ field: String, _ subject: String, _ reason: String) -> Refusal {
        Refusal(
            .invalidValue, filter: "schema", subject: subject, reason: "\(field) \(reason)",
            field: field)
    }
}
