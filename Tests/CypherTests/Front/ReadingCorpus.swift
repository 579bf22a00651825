/// Statements with every form of the syntax, from which tests print, mutate and measure.
enum ReadingCorpus {
    static let statements = [
        "EXPLAIN MATCH (a:A:B {x: 1, y: $p})<-[r:R|S*1..3 {z: 'q'}]-(b)--()-->(c) RETURN DISTINCT "
            + "a, b.x AS `b x`",
        "PROFILE OPTIONAL MATCH p = (a)-[*]-(b), q = shortestPath((a)-[:R*..5]->(b)) "
            + "WHERE a.x < b.x <= 5 <> 6 RETURN *, length(p) AS l ORDER BY l DESC, a.x SKIP 1 LIMIT $n",
        "MATCH (n) WHERE (n)-[:R]->(:X {y: 1}) AND NOT (n)<--() OR EXISTS { (n)-->(m) WHERE m.x } "
            + "XOR EXISTS { MATCH (n) WITH n AS k RETURN k UNION RETURN 1 AS k } RETURN n",
        "UNWIND [1, 2.5, 1e300, .5, -3, 'a\\n\\'', \"b\\\\\", null, true, {a: {`b c`: []}}] AS x "
            + "WITH x WHERE x IS NOT NULL AND x IS NULL RETURN x",
        "RETURN [x IN range(1, 10) WHERE x % 2 = 0 | x ^ 2], [(a)-->(b) WHERE b.x | a.y], "
            + "[p = (a)-[r]->() | p], [y IN list], [(y IN list)], [a, b IN c]",
        "RETURN all(x IN l WHERE x > 0), any(x IN l WHERE x), none(x IN l WHERE x), "
            + "single(x IN l WHERE x), reduce(s = '', x IN l | s + x)",
        "RETURN CASE n.x WHEN 1 THEN 'a' WHEN 2 THEN 'b' ELSE 'c' END, "
            + "CASE WHEN a AND b THEN 1 END, coalesce(a, b, 1), count(*), count(DISTINCT n.x)",
        "RETURN a.b.c, a[0], a[1..2], a[..2], a[1..], a[..], a:L:M, (a).b, $p.q[0], -(-a), +a, "
            + "- 5 ^ -2, NOT NOT a",
        "RETURN a + b - c * d / e % f ^ g, a STARTS WITH b, a ENDS WITH b CONTAINS c, a =~ b, "
            + "a IN b IN c, a = b IS NULL",
        "RETURN n {.*, .name, age: 3, m}, exists(n.x), exists((n)-->()), date.truncate('day', x)",
        "CALL db.labels() YIELD label AS l WHERE l = 'x' RETURN l UNION ALL RETURN 1 AS l",
        "CALL a.b.c", "MATCH (n) CALL a(n, 1) YIELD - RETURN n", "CALL x YIELD *",
        "CREATE (a:A {x: 1})-[:R {y: 2}]->(b)<-[:S]-(c), (d $p)",
        "MERGE (a)-[r:R]-(b) ON CREATE SET a.x = 1, b += {y: 1} ON MATCH SET r = {}, a:L:M",
        "MATCH (a) SET (a).x.y = 1 REMOVE a.y, a:L DETACH DELETE a, b.c[0] DELETE d",
        "MATCH (`a b`:`C``d`)-[`r`:`e-f`]->(end:match) RETURN `a b`.`return`, end",
        "RETURN 0x1F, 0o17, -0x8000000000000000, -9223372036854775808, 9223372036854775807",
        "RETURN '\\u00e9 \\U0001f41f \\ud83d\\ude00 é 🐟'",
    ]
}
