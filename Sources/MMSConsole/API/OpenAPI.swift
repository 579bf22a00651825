internal import Resources

/// The OpenAPI 3.1 document, printed from the table of verbs.
enum OpenAPI {
    static let document: [UInt8] = {
        var writer = JSONWriter(capacity: 16_384)
        writer.object { writer in
            writer.member("openapi", "3.1.0")
            writer.key("info")
            writer.object { info in
                info.member("title", "Pisces")
                info.member("version", Version.text)
                info.member("summary", "A machine or a fleet as one live, versioned graph.")
            }
            writer.key("paths")
            writer.object { writePaths(&$0) }
            writer.key("components")
            writer.object { writeComponents(&$0) }
        }
        return writer.bytes
    }()

    private static func writePaths(_ writer: inout JSONWriter) {
        let routed = VerbTable.all.filter { $0.route != nil }
        var done: Set<String> = []
        for verb in routed {
            guard let template = verb.route?.template, done.insert(template).inserted else {
                continue
            }
            writer.key(template)
            writer.object { path in
                for verb in routed where verb.route?.template == template {
                    guard let route = verb.route else { continue }
                    path.key(route.method.lowercased())
                    path.object { write(verb, route, &$0) }
                }
            }
        }
    }

    private static func write(_ verb: Verb, _ route: Verb.Route, _ writer: inout JSONWriter) {
        writer.member("operationId", verb.operation.rawValue)
        writer.member("summary", verb.summary)
        writer.key("parameters")
        writer.array { list in
            for segment in route.path where segment.hasPrefix("{") {
                write(String(segment.dropFirst().dropLast()), "path", nil, &list)
            }
            for parameter in verb.parameters where parameter.scope != .cli {
                write(parameter.name, "query", parameter.summary, &list)
            }
        }
        if verb.operation == .commands {
            writer.key("requestBody")
            writer.object { body in
                body.key("content")
                body.object { content in
                    content.key("application/json")
                    content.object { reference("Batch", &$0) }
                }
            }
        }
        writer.key("responses")
        writer.object { responses in
            responses.key("200")
            responses.object { $0.member("description", route.reply) }
            responses.key("default")
            responses.object { response in
                response.member("description", "A refusal, as a problem document (RFC 9457).")
                response.key("content")
                response.object { content in
                    content.key("application/problem+json")
                    content.object { reference("Problem", &$0) }
                }
            }
        }
    }

    private static func write(
        _ name: String, _ place: String, _ summary: String?, _ writer: inout JSONWriter
    ) {
        writer.object { parameter in
            parameter.member("name", name)
            parameter.member("in", place)
            parameter.member("description", summary)
            parameter.member("required", .bool(place == "path"))
            parameter.member("schema", ["type": "string"])
        }
    }

    private static func reference(_ schema: String, _ writer: inout JSONWriter) {
        writer.key("schema")
        writer.object { $0.member("$ref", "#/components/schemas/\(schema)") }
    }

    private static func writeComponents(_ writer: inout JSONWriter) {
        let command: Value = [
            "type": "object",
            "description": "Exactly one of create, update, delete, apply.",
            "properties": [
                "create": ["type": "object"], "update": ["type": "object"],
                "delete": ["type": "object"], "apply": ["type": "object"],
            ],
        ]
        writer.member(
            "schemas",
            [
                "Batch": [
                    "type": "object", "required": ["commands"],
                    "properties": [
                        "commands": ["type": "array", "items": command],
                        "reason": ["type": "string"], "session": ["type": "object"],
                    ],
                ],
                "Problem": [
                    "type": "object",
                    "properties": [
                        "code": [
                            "type": "string",
                            "enum": .list(Refusal.Code.allCases.map { .text($0.rawValue) }),
                        ],
                        "title": ["type": "string"], "status": ["type": "integer"],
                        "detail": ["type": "string"], "remedy": ["type": "string"],
                        "filter": ["type": "string"], "field": ["type": "string"],
                        "current": ["type": "integer"], "command": ["type": "integer"],
                    ],
                ],
            ])
    }
}
