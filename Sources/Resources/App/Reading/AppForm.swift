extension AppShape {
    /// The forms a text takes.
    enum Form: Sendable {
        /// Anything but NUL.
        case text
        /// One line that is not empty.
        case line
        case label
        case version
        case variable
        /// An absolute path in a sandbox.
        case path
        case variableOrPath
        /// The path of an HTTP request.
        case request
        /// The name of a resource.
        case resource
        /// The name of a tag or fact of machines.
        case tag
        case cron
        case change
        case image

        /// What is wrong with a text of this form; nil: nothing.
        func fault(_ text: String) -> (found: String, expected: String)? {
            let limit = Limits.appText.value
            if text.utf8.count > limit {
                return ("has \(text.utf8.count) bytes", "write at most \(limit)")
            }
            if text.utf8.contains(0) { return ("has a NUL", "remove it") }
            return isRight(text) ? nil : explained(text)
        }

        private func isRight(_ text: String) -> Bool {
            switch self {
            case .text: return true
            case .line: return !text.isEmpty && !text.utf8.contains { $0 < 0x20 }
            case .label: return isLabel(text)
            case .version:
                return (1...64).contains(text.utf8.count)
                    && text.utf8.allSatisfy { isWord($0) || ".-+~".utf8.contains($0) }
            case .variable: return isVariable(text)
            case .path: return isPath(text)
            case .variableOrPath: return isVariable(text) || isPath(text)
            case .request:
                return text.hasPrefix("/") && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
            case .resource: return (try? ResourceName(text)) != nil
            case .tag:
                return (1...63).contains(text.utf8.count)
                    && text.utf8.allSatisfy { isWord($0) || ".-/".utf8.contains($0) }
            case .cron: return (try? CronSchedule(text)) != nil
            case .change: return App.Change(text: text) != nil
            case .image:
                return (1...512).contains(text.utf8.count)
                    && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
            }
        }

        private func explained(_ text: String) -> (found: String, expected: String) {
            if case .cron = self {
                do throws(CronSchedule.Fault) { _ = try CronSchedule(text) } catch {
                    return (error.found, error.expected)
                }
            }
            return ("`\(printable(text))` is no \(what)", expected)
        }

        private var what: String {
            switch self {
            case .text, .line: "line of text"
            case .label, .resource: "name"
            case .version: "version"
            case .variable: "name of a variable"
            case .path: "absolute path in a sandbox"
            case .variableOrPath: "name of a variable and no absolute path in a sandbox"
            case .request: "path of a request"
            case .tag: "tag of a machine"
            case .cron: "schedule"
            case .change: "answer to a change"
            case .image: "name or path of an image"
            }
        }

        private var expected: String {
            switch self {
            case .text, .line: "write one line that is not empty"
            case .label: "use 1 to 63 of a-z, 0-9 and -, not at the ends"
            case .version: "use 1 to 64 letters, digits and . - + ~ _"
            case .variable: "use letters, digits and _, not starting with a digit"
            case .path:
                "write /folder/name without . and .., not below /proc, /sys, /dev or /app"
            case .variableOrPath:
                "write a NAME of letters, digits and _, or /folder/name without . and .., not "
                    + "below /proc, /sys, /dev or /app"
            case .request: "begin with /, as in /healthz; escape blanks and letters beyond ASCII"
            case .resource: "use 1 to 1024 bytes without control characters"
            case .tag: "use 1 to 63 letters, digits and . - / _"
            case .cron: "write five fields"
            case .change:
                "write restart, or signal and one of "
                    + App.Signal.allCases.map(\.rawValue).joined(separator: ", ")
            case .image: "use 1 to 512 bytes without blanks"
            }
        }

        /// A regular expression (ECMA 262) that says most of it, for editors.
        var pattern: String? {
            switch self {
            case .text: nil
            case .line: "^[^\\u0000-\\u001f]+$"
            case .label: "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"
            case .version: "^[A-Za-z0-9_.+~-]{1,64}$"
            case .variable: "^[A-Za-z_][A-Za-z0-9_]*$"
            case .path: "^/[^/].*$"
            case .variableOrPath: "^([A-Za-z_][A-Za-z0-9_]*|/[^/].*)$"
            case .request: "^/[!-~]*$"
            case .resource: "^.{1,1024}$"
            case .tag: "^[A-Za-z0-9_./-]{1,63}$"
            case .cron: "^[ \\t]*([^ \\t]+[ \\t]+){4}[^ \\t]+[ \\t]*$"
            case .change:
                "^(restart|signal ("
                    + App.Signal.allCases.map(\.rawValue).joined(separator: "|") + "))$"
            case .image: "^[^ ]{1,512}$"
            }
        }
    }
}

/// A label of a DNS name (RFC 1123), because names of apps become names of services.
private func isLabel(_ text: String) -> Bool {
    (1...63).contains(text.utf8.count) && text.first != "-" && text.last != "-"
        && text.utf8.allSatisfy { byte in
            byte == 0x2D || (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
        }
}

/// A letter, a digit or `_`, of ASCII.
private func isWord(_ byte: UInt8) -> Bool {
    byte == 0x5F || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
        || (0x61...0x7A).contains(byte)
}

private func isVariable(_ text: String) -> Bool {
    guard let first = text.utf8.first, !(0x30...0x39).contains(first) else { return false }
    return text.utf8.allSatisfy(isWord)
}

/// An absolute path without empty, `.` or `..` parts, that hides nothing a sandbox lives by.
private func isPath(_ text: String) -> Bool {
    guard text.hasPrefix("/"), text.utf8.count <= 4096, !text.utf8.contains(where: { $0 < 0x20 })
    else { return false }
    let parts = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    guard let first = parts.first, !["proc", "sys", "dev", "app"].contains(first) else {
        return false
    }
    return parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
}
