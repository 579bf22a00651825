public import Resources

/// Where members of etcd are, beside where the cluster believes them to be: the list of a cluster
/// that has no majority cannot be changed, and its members go on dialling it.
public struct MemberRoutes: Hashable, Sendable {
    /// The addresses under which each member is listed or was: `https://host:port`.
    public var listed: [ResourceName: [String]]
    /// Where each of them is now, as far as that is known.
    public var present: [ResourceName: String]

    /// Those members.
    public init(listed: [ResourceName: [String]], present: [ResourceName: String]) {
        self.listed = listed
        self.present = present
    }

    /// The members besides `local` that are dialled where they are not, in order of their names.
    public func strays(besides local: ResourceName) -> [ResourceName] {
        present.filter { name, address in
            guard name != local, let listed = listed[name] else { return false }
            return !listed.contains(address)
        }.keys.sorted()
    }

    /// Where a connection to `place`, given as `host:port`, is to go; nil when no member is or was
    /// there. An address that one member has left and another one has now is the first one's as
    /// long as that is dialled there.
    public func target(_ place: String) -> String? {
        func bare(_ address: String) -> String {
            String(address.drop { $0 != "/" }.drop { $0 == "/" })
        }
        for name in listed.keys.sorted() {
            for address in listed[name] ?? [] where bare(address) == place {
                return bare(present[name] ?? address)
            }
        }
        return present.values.lazy.map(bare).contains(place) ? place : nil
    }
}
