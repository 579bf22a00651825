internal import Host
internal import Node
internal import Reproduction
internal import Resources
internal import Trust
internal import ZeroProcs

/// Machines that are born of this one over the network.
extension API {
    /// Serves what they ask for from now on.
    func serveBirths() {
        let book = BirthBook(node)
        node.fleet.serveBirths(
            BirthDesk(
                piece: { [self] birth, digest, offset, count throws(Refusal) in
                    try reproducing { () throws(ReproductionError) in
                        try book.piece(of: digest, at: offset, count: count, for: birth)
                    }
                },
                certify: { [self] child, birth, generation throws(Refusal) in
                    Lineage.text(
                        of: try reproducing { () throws(ReproductionError) in
                            try book.certify(child, birth: birth, as: generation)
                        })
                }))
    }

    /// Invites a blank machine to become another of this system and to join the fleet; its ticket
    /// is shown once.
    func inviteBirth(_ request: HTTPRequest, name text: String) throws(Refusal) -> HTTPReply {
        try requireAdminRight(request, to: "make another system")
        let name = try resourceName(text)
        guard let bus = request["bus"] else { throw malformed("bus", "is missing") }
        guard BusAddress(bus) != nil else {
            throw malformed(
                "bus \(printable(bus))", "must be an address and a port, as 10.0.0.8:7118")
        }
        var network: ValueMap = [:]
        for field in ["address", "gateway"] {
            network[field] = request[field].map { .text($0) }
        }
        do throws(NodeError) { try EarlyNetwork.check(network) } catch {
            throw Refusal(
                .malformed, filter: "request", subject: error.subject, reason: error.cause,
                remedy: error.remedy)
        }
        let interface = try request["interface"].map { (text) throws(Refusal) in
            try resourceName(text)
        }
        if let disk = request["disk"], !disk.hasPrefix("/dev/") {
            throw malformed("disk \(printable(disk))", "must begin with /dev/")
        }
        let description = try describedForBirth()
        let milliseconds = try invitationLifetime(request)
        let invitation = try node.fleet.invite(
            by: request.caller.identity, as: .client, milliseconds: milliseconds, automatic: true)
        try reproducing { () throws(ReproductionError) in
            try BirthBook(node).begin(invitation.id, name, of: description)
        }
        let ticket = BirthTicket(
            name: name, parent: node.fleet.name, generation: description.digest,
            invitation: invitation.text, bus: bus, network: network, interface: interface,
            disk: request["disk"])
        return .json { writer in
            writer.object { writer in
                writer.member("ticket", ticket.text)
                writer.member("birth", "\(invitation.id)")
                writer.member("generation", "\(description.digest)")
                writer.member("expires", invitation.expires.text)
            }
        }
    }

    /// What it would become: this system, when that boots, may be copied, and has none of this
    /// machine's secrets in it.
    private func describedForBirth() throws(Refusal) -> Description {
        let (reproducer, _) = try reproducer()
        return try reproducing { () throws(ReproductionError) in
            let description = reproducer.description
            guard description.boot != nil else {
                throw ReproductionError(
                    .refused, operation: "make", subject: "a machine that boots",
                    cause: "this machine does not run from an image: it has no kernel to give",
                    remedy: "ask a machine that runs from an image, or use "
                        + "pisces machine add for an existing host")
            }
            try reproducer.prove()
            return description
        }
    }
}
