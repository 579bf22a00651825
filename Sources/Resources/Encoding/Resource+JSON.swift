// The form of a resource in the API (design/08).

extension JSONWriter {
    /// Writes a resource.
    public mutating func write(_ resource: Resource) {
        object { writer in
            writer.member("id", resource.id.description)
            writer.member("type", resource.type.text)
            writer.member("namespace", resource.namespace.path)
            writer.member("name", resource.name.text)
            writer.member("apiVersion", resource.draft.apiVersion)
            writer.member("owner", resource.owner?.description)
            if !resource.tags.isEmpty {
                writer.key("tags")
                writer.object { tags in
                    for (key, value) in resource.tags.entries { tags.member(key, value) }
                }
            }
            if resource.draft.cost != .zero {
                writer.key("cost")
                writer.write(resource.draft.cost.map)
            }
            writer.key("created")
            writer.write(resource.created)
            writer.member("revision", resource.revision.rawValue)
            writer.key("changed")
            writer.write(resource.changed)
            if !resource.links.isEmpty {
                writer.key("links")
                writer.write(links: resource.links)
            }
            writer.key("data")
            writer.write(resource.data)
        }
    }

    mutating func write(_ moment: Resource.Moment) {
        object { writer in
            writer.member("position", moment.position.rawValue)
            writer.member("time", moment.time.text)
        }
    }

    private mutating func write(links: SortedMap<[Identifier]>) {
        object { writer in
            for (relation, targets) in links.entries {
                writer.key(relation)
                writer.array { list in for target in targets { list.write(target.description) } }
            }
        }
    }

    /// Writes a refusal as an RFC 9457 problem document of that HTTP status.
    public mutating func write(problem refusal: Refusal, status: Int) {
        object { writer in
            writer.member("type", "about:blank#\(refusal.code.rawValue)")
            writer.member("title", refusal.message)
            writer.member("status", Int64(status))
            writer.member("code", refusal.code.rawValue)
            writer.member("subject", refusal.subject)
            writer.member("detail", refusal.reason)
            writer.member("remedy", refusal.remedy)
            writer.member("filter", refusal.filter)
            writer.member("field", refusal.field)
            if let current = refusal.current { writer.member("current", current.rawValue) }
            if let command = refusal.command { writer.member("command", Int64(command)) }
        }
    }
}
