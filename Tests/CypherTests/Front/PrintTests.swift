import Testing

@testable import Cypher

/// What is printed reads back as the same tree.
@Suite struct PrintTests {
    @Test(arguments: ReadingCorpus.statements) func printedTextIsTheSameTree(text: String) throws {
        let tree = try ParsedStatement(reading: text)
        let printed = tree.printed
        #expect(try ParsedStatement(reading: printed) == tree, "\(printed)")
        #expect(try ParsedStatement(reading: printed).printed == printed)
    }

    @Test(arguments: [
        ("return  1+2*3 as x", "RETURN 1 + 2 * 3 AS x"),
        ("RETURN (1+2)*3", "RETURN (1 + 2) * 3"),
        (
            "match (a)-[:R*2..2]->(b {x:1})--() return *",
            "MATCH (a)-[:R*2]->(b {x: 1})--() RETURN *"
        ),
        ("RETURN [(x IN y)]", "RETURN [(x IN y)]"),
        ("RETURN [x IN y]", "RETURN [x IN y]"),
        ("RETURN `order`.`a b`", "RETURN `order`.`a b`"),
        ("RETURN 'a\\'\\u0001'", "RETURN 'a\\'\\u0001'"),
        ("RETURN -9223372036854775808", "RETURN -9223372036854775808"),
        ("RETURN ((a)-->(b)) < 3", "RETURN ((a)-->(b)) < 3"),
        ("RETURN all(x in l where x)", "RETURN all(x IN l WHERE x)"),
        ("RETURN `all`(x)", "RETURN `all`(x)"),
    ]) func parenthesesAndBackticksStandWhereTheyMust(text: String, printed: String) throws {
        #expect(try ParsedStatement(reading: text).printed == printed)
    }

    @Test func treesThatSayTheSameAreEqualWhereverTheyStand() throws {
        let one = try ParsedStatement(reading: "RETURN n.name")
        let other = try ParsedStatement(reading: "\n\n RETURN /* x */ n . name")
        #expect(one == other)
        #expect(one.hashValue == other.hashValue)
    }
}
