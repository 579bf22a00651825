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
