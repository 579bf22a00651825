/// The functions that do not aggregate, by their names in small letters.
package enum Function: String, Sendable, CaseIterable {
    // Of any value, and of entities.
    case coalesce, id, labels, type, keys, properties, nodes, relationships, length, size
    case elementID = "elementid"
    case startNode = "startnode"
    case endNode = "endnode"
    case exists
    case isEmpty = "isempty"
    case timestamp
    case rand
    case randomIdentifier = "randomuuid"
    // Of lists.
    case head, last, tail, range, reverse
    case toBooleanList = "tobooleanlist"
    case toFloatList = "tofloatlist"
    case toIntegerList = "tointegerlist"
    case toStringList = "tostringlist"
    // Conversions.
    case toBoolean = "toboolean"
    case toBooleanOrNull = "tobooleanornull"
    case toFloat = "tofloat"
    case toFloatOrNull = "tofloatornull"
    case toInteger = "tointeger"
    case toIntegerOrNull = "tointegerornull"
    case toString = "tostring"
    case toStringOrNull = "tostringornull"
    // Of numbers.
    case abs, ceil, floor, round, sign, sqrt, exp, log, log10, e, pi
    case isNaN = "isnan"
    case sin, cos, tan, cot, asin, acos, atan, atan2, degrees, radians, haversin
    case sinh, cosh, tanh
    // Of texts.
    case left, right, substring, replace, split, trim, upper, lower
    case leftTrim = "ltrim"
    case rightTrim = "rtrim"
    case bothTrim = "btrim"
    case toLower = "tolower"
    case toUpper = "toupper"
    case characterLength = "char_length"
    case characterLengthLong = "character_length"
    // Temporal.
    case date, time, duration
    case localTime = "localtime"
    case dateTime = "datetime"
    case localDateTime = "localdatetime"
    case dateTruncate = "date.truncate"
    case timeTruncate = "time.truncate"
    case localTimeTruncate = "localtime.truncate"
    case dateTimeTruncate = "datetime.truncate"
    case localDateTimeTruncate = "localdatetime.truncate"
    case dateTransaction = "date.transaction"
    case dateStatement = "date.statement"
    case dateRealtime = "date.realtime"
    case timeTransaction = "time.transaction"
    case timeStatement = "time.statement"
    case timeRealtime = "time.realtime"
    case localTimeTransaction = "localtime.transaction"
    case localTimeStatement = "localtime.statement"
    case localTimeRealtime = "localtime.realtime"
    case dateTimeTransaction = "datetime.transaction"
    case dateTimeStatement = "datetime.statement"
    case dateTimeRealtime = "datetime.realtime"
    case localDateTimeTransaction = "localdatetime.transaction"
    case localDateTimeStatement = "localdatetime.statement"
    case localDateTimeRealtime = "localdatetime.realtime"
    case dateTimeFromEpoch = "datetime.fromepoch"
    case dateTimeFromEpochMillis = "datetime.fromepochmillis"
    case durationBetween = "duration.between"
    case durationInMonths = "duration.inmonths"
    case durationInDays = "duration.indays"
    case durationInSeconds = "duration.inseconds"

    /// The function of a name in small letters.
    package init?(key: String) { self.init(rawValue: key) }

    /// How many arguments it takes.
    package var arity: ClosedRange<Int> {
        switch self {
        case .timestamp, .rand, .randomIdentifier, .e, .pi: 0...0
        case .date, .time, .localTime, .dateTime, .localDateTime, .dateTransaction,
            .dateStatement, .dateRealtime, .timeTransaction, .timeStatement, .timeRealtime,
            .localTimeTransaction, .localTimeStatement, .localTimeRealtime,
            .dateTimeTransaction, .dateTimeStatement, .dateTimeRealtime,
            .localDateTimeTransaction, .localDateTimeStatement, .localDateTimeRealtime:
            0...1
        case .coalesce: 1...Int.max
        case .range, .substring: 2...3
        case .round: 1...3
        case .replace: 3...3
        case .dateTruncate, .timeTruncate, .localTimeTruncate, .dateTimeTruncate,
            .localDateTimeTruncate:
            1...3
        case .atan2, .left, .right, .split, .dateTimeFromEpoch, .durationBetween,
            .durationInMonths, .durationInDays, .durationInSeconds:
            2...2
        default: 1...1
        }
    }
}
