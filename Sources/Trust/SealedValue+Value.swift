public import Resources

extension SealedValue {
    /// The field `sealed` of a resource of type `secret`: a list of maps with `machine`,
    /// `recipient`, `secret`, `version`, `key` and `box`.
    public var value: Value {
        .list(
            boxes.map { box in
                [
                    "machine": .text(box.machine),
                    "recipient": .text(box.recipient.description), "secret": .text(box.secret),
                    "version": .int(box.version), "key": .bytes(box.key), "box": .bytes(box.box),
                ]
            })
    }

    /// Reads the field; `name` is for the message.
    public init(_ value: Value, of name: SecretName) throws(TrustError) {
        guard let list = value.list, list.count <= Limits.secretMachines.value else {
            throw Self.badForm(name, "is no list of at most \(Limits.secretMachines.value) boxes")
        }
        var boxes: [Box] = []
        for element in list {
            guard let map = element.map, let machine = map["machine"]?.text,
                let recipient = map["recipient"]?.text.flatMap({ Fingerprint($0) }),
                let secret = map["secret"]?.text, let version = map["version"]?.int,
                let key = map["key"]?.bytes, let box = map["box"]?.bytes
            else { throw Self.badForm(name, "has a box with a missing or malformed part") }
            boxes.append(
                Box(
                    machine: machine, recipient: recipient, secret: secret, version: version,
                    key: key, box: box))
        }
        self.init(boxes: boxes)
    }
}

extension SealedValue {
    static func check(
        _ content: SecretBytes, _ name: SecretName, _ recipients: [Recipient]
    ) throws(TrustError) {
        guard !recipients.isEmpty, Set(recipients.map(\.machine)).count == recipients.count else {
            throw TrustError(
                .badForm, operation: "seal", subject: name.description,
                cause: recipients.isEmpty ? "no machine is named" : "a machine is named twice",
                remedy: "name each machine that needs it once")
        }
        try check(size: content.count, name, machines: recipients.count)
    }

    static func check(
        size: Int, _ name: SecretName, machines: Int
    ) throws(TrustError) {
        func refuse(_ limit: Limit, _ has: Int, _ remedy: String) -> TrustError {
            TrustError(
                .tooLarge, operation: "seal", subject: name.description,
                cause: "the \(limit.name) is \(has); the limit is \(limit.value) \(limit.unit)",
                remedy: remedy)
        }
        let most = Limits.secretBytes
        guard size <= most.value else {
            throw refuse(most, size, "keep what is large in a volume, and its key as the secret")
        }
        guard machines <= Limits.secretMachines.value else {
            throw refuse(Limits.secretMachines, machines, "split it into one per group of machines")
        }
        // The resource is one command of the log; 256 bytes are the rest of a box.
        let sealed = machines * (size + padding + 256)
        guard sealed <= Limits.sealedBytes.value else {
            throw refuse(Limits.sealedBytes, sealed, "name fewer machines or a shorter secret")
        }
    }

    func notForThisMachine(_ name: SecretName, _ fingerprint: Fingerprint) -> TrustError {
        let machines = boxes.map { "\(printable($0.machine)) (\($0.recipient))" }
        return TrustError(
            .notForThisMachine, operation: "open", subject: name.description,
            cause: "it is not sealed to this machine's key \(fingerprint), but to "
                + (machines.isEmpty ? "none" : machines.prefix(8).joined(separator: ", ")),
            remedy: "set the secret again, or let a machine that has it seal it to this one")
    }

    static func otherName(_ name: SecretName, _ box: Box) -> TrustError {
        TrustError(
            .otherName, operation: "open", subject: name.description,
            cause: "its box was sealed as \(printable(box.secret))",
            remedy: "set the secret under this name; boxes cannot be moved")
    }

    static func otherVersion(_ name: SecretName, _ version: Int64, _ box: Box) -> TrustError {
        TrustError(
            .otherVersion, operation: "open", subject: name.description,
            cause: "its box was sealed as version \(box.version), not \(version)",
            remedy: "set the secret again; an older version cannot be put back")
    }

    static func damaged(_ name: SecretName) -> TrustError {
        TrustError(
            .damaged, operation: "open", subject: name.description,
            cause: "its box was damaged or changed, or was sealed under another name",
            remedy: "set the secret again")
    }

    static func badForm(_ name: SecretName, _ cause: String) -> TrustError {
        TrustError(
            .badForm, operation: "read", subject: name.description,
            cause: "its sealed field \(cause)",
            remedy: "set the secret again")
    }

    static func weak(_ recipient: Recipient, _ name: SecretName) -> TrustError {
        TrustError(
            .badKey, operation: "seal", subject: name.description,
            cause: "the key \(recipient.key.fingerprint) of \(printable(recipient.machine)) "
                + "cannot be sealed to",
            remedy: "publish the machine's key again")
    }
}
