/// `DISTINCT items ORDER BY … SKIP … LIMIT …` of RETURN and WITH.
package struct Projection: Hashable, Sendable {
    package let isDistinct: Bool
    /// `*`: all variables in scope.
    package let star: Star?
    /// The items that are written out; they follow those of the star.
    package let items: [ProjectionItem]
    package let order: [SortItem]
    package let skip: Expression?
    package let limit: Expression?
    package let at: SourceOffset

    /// `*` with the variables it stands for.
    package struct Star: Hashable, Sendable {
        /// By name. Empty until the statement is checked.
        package let variables: [String]

        package init(variables: [String]) {
            self.variables = variables
        }
    }

    package init(
        isDistinct: Bool, star: Star?, items: [ProjectionItem], order: [SortItem],
        skip: Expression?, limit: Expression?, at: SourceOffset
    ) {
        self.isDistinct = isDistinct
        self.star = star
        self.items = items
        self.order = order
        self.skip = skip
        self.limit = limit
        self.at = at
    }

    /// What is projected, with the star written out: complete once the statement is checked.
    package var expandedItems: [ProjectionItem] {
        let included = (star?.variables ?? []).map { name in
            ProjectionItem(
                expression: Expression(.variable(name), at: at), alias: nil,
                text: Verbatim(name))
        }
        return included + items
    }
}

/// `expression AS alias`.
package struct ProjectionItem: Hashable, Sendable {
    package let expression: Expression
    package let alias: Name?
    /// The expression as its author wrote it.
    package let text: Verbatim

    package init(expression: Expression, alias: Name?, text: Verbatim) {
        self.expression = expression
        self.alias = alias
        self.text = text
    }

    /// The name of the column: the alias, the variable's name, or the text.
    package var column: String {
        if let alias { return alias.text }
        if case .variable(let name) = expression.kind { return name }
        return text.text
    }
}

/// One key of ORDER BY.
package struct SortItem: Hashable, Sendable {
    package let expression: Expression
    package let isDescending: Bool

    package init(expression: Expression, isDescending: Bool) {
        self.expression = expression
        self.isDescending = isDescending
    }
}
