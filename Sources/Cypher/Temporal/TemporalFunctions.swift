extension Functions {
    static func temporal(
        _ function: Function, _ arguments: [CypherValue], _ now: Now
    ) throws(CypherError) -> CypherValue? { nil }
}
extension CypherValue {
    func component(_ key: String) throws(CypherError) -> CypherValue { .null }
}
