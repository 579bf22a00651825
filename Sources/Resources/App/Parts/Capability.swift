extension App {
    /// An operation that an app offers: a program run in the sandbox of a component.
    public struct Capability: Hashable, Sendable {
        /// Its name, a DNS label.
        public var name: String
        /// What is run; an argument `label` is the variable `ARG_LABEL`.
        public var run: Run
        /// In whose sandbox.
        public var component: String
        /// The kinds of its arguments, by name.
        public var takes = SortedMap<TypeDefinition.Kind>()
        /// The kind of its result, which the program writes to its output; nil: none.
        public var returns: TypeDefinition.Kind?
        /// Milliseconds it may take.
        public var timeout = Int64(Limits.capabilityTimeout.value)

        /// An operation that runs `run` in the sandbox of `component`.
        public init(name: String, run: Run, component: String) {
            self.name = name
            self.run = run
            self.component = component
        }
    }
}

extension App.Capability {
    /// The words of its command for a task, whose variables it sees, with the arguments as
    /// variables: `dry-run` is `ARG_DRY_RUN`.
    public func words(
        arguments: SortedMap<String>, for task: App.Task
    ) throws(AppError) -> [String] {
        var variables = task.environment
        for (name, value) in self.variables(arguments).entries { variables[name] = value }
        do throws(CommandTemplate.Fault) {
            return try CommandTemplate(run.command ?? "").words(
                with: variables, waiting: App.Task.waiting(task.ports))
        } catch {
            throw AppError(["run"], found: error.found, expected: error.expected)
        }
    }

    /// The variables that carry arguments to the program, beside the task's own.
    public func variables(_ arguments: SortedMap<String>) -> SortedMap<String> {
        SortedMap(
            arguments.entries.map { entry in
                let name = entry.key.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
                return ("ARG_" + name, entry.value)
            })
    }

    /// The arguments as texts, when they are those it takes: texts as they are, numbers and truth
    /// values as JSON writes them, lists and maps as JSON.
    public func texts(_ arguments: ValueMap) throws(AppError) -> SortedMap<String> {
        for name in arguments.keys where takes[name] == nil {
            throw AppError.unknown("argument", name, of: takes.keys, ["arguments", name])
        }
        var texts = SortedMap<String>()
        for (name, kind) in takes.entries {
            let path = ["arguments", name]
            guard let value = arguments[name] else {
                throw AppError(path, found: "is missing", expected: "give a \(kind.rawValue)")
            }
            let fits =
                value.kindName == kind.rawValue || (kind == .float && value.number != nil)
            guard fits else {
                throw AppError(
                    path, found: "is of kind \(value.kindName)", expected: "give a \(kind.rawValue)"
                )
            }
            if let text = value.text, text.utf8.contains(0) {
                throw AppError(path, found: "has a NUL", expected: "remove it")
            }
            texts[name] = value.text ?? json(value)
        }
        return texts
    }
}

/// A value as JSON on one line.
private func json(_ value: Value) -> String {
    var writer = JSONWriter()
    writer.write(value)
    return writer.text
}
