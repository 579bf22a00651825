/// Why a statement was refused or stopped: the one error of this room.
///
/// Kinds and details are the words of the openCypher TCK, so that a client and the TCK's runner
/// read the same; those of Pisces (limits, read-only graphs) stand at the end of each list.
public struct CypherError: Error, Hashable, Sendable {
    package let kind: Kind
    package let detail: Detail
    package let phase: Phase
    /// Line and column of the offending text, both from 1; nil when no place is to blame.
    package let place: Place?
    /// What failed, where, what was expected or which limit, and the remedy.
    package let message: String

    /// What sort of error it is.
    package enum Kind: String, Sendable, CaseIterable {
        case syntaxError = "SyntaxError"
        case typeError = "TypeError"
        case argumentError = "ArgumentError"
        case arithmeticError = "ArithmeticError"
        case entityNotFound = "EntityNotFound"
        case parameterMissing = "ParameterMissing"
        case procedureError = "ProcedureError"
        case constraintVerificationFailed = "ConstraintVerificationFailed"
        /// A limit of `Resources/Limits` was reached; the detail names it.
        case limitExceeded = "LimitExceeded"
        /// The graph takes no changes through the query language.
        case readOnly = "ReadOnly"
        /// The graph's store failed.
        case storeError = "StoreError"
    }

    /// What exactly is wrong.
    package enum Detail: String, Sendable, CaseIterable {
        case ambiguousAggregationExpression = "AmbiguousAggregationExpression"
        case columnNameConflict = "ColumnNameConflict"
        case creatingVarLength = "CreatingVarLength"
        case deleteConnectedNode = "DeleteConnectedNode"
        case deletedEntityAccess = "DeletedEntityAccess"
        case differentColumnsInUnion = "DifferentColumnsInUnion"
        case divisionByZero = "DivisionByZero"
        case floatingPointOverflow = "FloatingPointOverflow"
        case integerOverflow = "IntegerOverflow"
        case invalidAggregation = "InvalidAggregation"
        case invalidArgumentPassingMode = "InvalidArgumentPassingMode"
        case invalidArgumentType = "InvalidArgumentType"
        case invalidArgumentValue = "InvalidArgumentValue"
        case invalidClauseComposition = "InvalidClauseComposition"
        case invalidDelete = "InvalidDelete"
        case invalidElementAccess = "InvalidElementAccess"
        case invalidNumberLiteral = "InvalidNumberLiteral"
        case invalidNumberOfArguments = "InvalidNumberOfArguments"
        case invalidParameterUse = "InvalidParameterUse"
        case invalidPropertyType = "InvalidPropertyType"
        case invalidRelationshipPattern = "InvalidRelationshipPattern"
        case invalidUnicodeCharacter = "InvalidUnicodeCharacter"
        case invalidUnicodeLiteral = "InvalidUnicodeLiteral"
        case listElementAccessByNonInteger = "ListElementAccessByNonInteger"
        case mapElementAccessByNonString = "MapElementAccessByNonString"
        case missingParameter = "MissingParameter"
        case negativeIntegerArgument = "NegativeIntegerArgument"
        case nestedAggregation = "NestedAggregation"
        case noExpressionAlias = "NoExpressionAlias"
        case noSingleRelationshipType = "NoSingleRelationshipType"
        case noVariablesInScope = "NoVariablesInScope"
        case nonConstantExpression = "NonConstantExpression"
        case numberOutOfRange = "NumberOutOfRange"
        case procedureNotFound = "ProcedureNotFound"
        case relationshipUniquenessViolation = "RelationshipUniquenessViolation"
        case requiresDirectedRelationship = "RequiresDirectedRelationship"
        case undefinedVariable = "UndefinedVariable"
        case unexpectedSyntax = "UnexpectedSyntax"
        case unknownFunction = "UnknownFunction"
        case variableAlreadyBound = "VariableAlreadyBound"
        case variableTypeConflict = "VariableTypeConflict"
        // Those of Pisces.
        case statementLength = "StatementLength"
        case nestingDepth = "NestingDepth"
        case rowLimit = "RowLimit"
        case memoryLimit = "MemoryLimit"
        case hopLimit = "HopLimit"
        case timeLimit = "TimeLimit"
        /// Not told to clients: the statement goes on where it has more time.
        case turnLimit = "TurnLimit"
        case planDepth = "PlanDepth"
        case changesAreCommands = "ChangesAreCommands"
        case unsupported = "Unsupported"
        case storeFailed = "StoreFailed"
    }

    /// When it was noticed.
    package enum Phase: String, Sendable {
        case compileTime = "compile time"
        case runtime = "runtime"
    }

    /// A place in the statement's text.
    package struct Place: Hashable, Sendable {
        package let line: Int
        package let column: Int

        package init(line: Int, column: Int) {
            self.line = line
            self.column = column
        }
    }

    package init(
        _ kind: Kind, _ detail: Detail, _ phase: Phase, at place: Place? = nil, _ message: String
    ) {
        self.kind = kind
        self.detail = detail
        self.phase = phase
        self.place = place
        self.message = message
    }

    /// An error noticed while rows are made.
    package static func runtime(
        _ kind: Kind, _ detail: Detail, _ message: String
    ) -> CypherError {
        CypherError(kind, detail, .runtime, message)
    }
}

extension CypherError: CustomStringConvertible {
    /// `[compile time] 3:8: Variable …`, the form in which Bolt's FAILURE carries it.
    public var description: String {
        let at = place.map { "\($0.line):\($0.column): " } ?? ""
        return "[\(phase.rawValue)] \(at)\(message)"
    }
}
