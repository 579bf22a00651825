#!/usr/bin/env python3
"""Holds a Bolt server that serves scratch graphs against the official Python driver.

    bash Tests/Rigs/bolt.sh                  # installs the driver, and asks a whole node, with a token
    BoltRig 127.0.0.1 0 user password        # says its port, for the server without a node
    .build/venv/bin/python3 Tests/Rigs/bolt.py 127.0.0.1:PORT user password
"""

import sys
import threading
import time
from datetime import date, datetime, timedelta, timezone

import neo4j
from neo4j.exceptions import AuthError, ClientError

address, user, password = sys.argv[1:4]
number = time.time_ns()


def fails(kind, work):
    try:
        work()
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} was expected")


def values_come_back(driver, database):
    moment = datetime(2020, 1, 2, 3, 4, 5, 6, timezone(timedelta(hours=2)))
    given = {
        "null": None, "yes": True, "big": -(2**63), "float": 0.1, "text": "åß水𝄞", "bytes": b"\0\xff",
        "list": [1, [2.5, "x"], {}], "map": {"a": {"b": [None]}}, "date": date(1, 2, 3),
        "moment": moment, "local": datetime(1999, 12, 31, 23, 59, 59),
        "length": neo4j.time.Duration(months=-1, days=2, seconds=-3, nanoseconds=-5),
        "long": "y" * 200_000, "wide": list(range(70_000)),
    }
    with driver.session(database=database) as session:
        got = session.run("RETURN $all AS all", all=given).single()["all"]
    for key, value in given.items():
        back = got[key].to_native() if hasattr(got[key], "to_native") else got[key]
        if key == "length":
            back = got[key]
        assert back == value, (key, value, back)


def graphs_are_read_and_written(driver, database):
    with driver.session(database=database) as session:
        session.run(
            "CREATE (a:Person {name: 'A'})-[:KNOWS {since: 2020}]->(b:Person {name: 'B'})"
        ).consume()
        node = session.run("MATCH (n {name: 'A'}) RETURN n").single()["n"]
        assert set(node.labels) == {"Person"} and node["name"] == "A" and node.element_id
        path = session.run("MATCH p = (:Person {name: 'B'})<--() RETURN p").single()["p"]
        assert [n["name"] for n in path.nodes] == ["B", "A"]
        assert path.relationships[0].start_node["name"] == "A"
        assert path.relationships[0]["since"] == 2020
        assert session.run("EXPLAIN MATCH (n) RETURN n").consume().plan["operatorType"]
        assert session.run("PROFILE MATCH (n) RETURN n").consume().profile["rows"] == 2


def transactions_hold_several_results(driver, database):
    with driver.session(database=database, fetch_size=10) as session:
        with session.begin_transaction() as transaction:
            one = iter(transaction.run("UNWIND range(1, 95) AS i RETURN i"))
            two = iter(transaction.run("UNWIND range(1, 25) AS i RETURN i"))
            mixed = [next(one)["i"], next(two)["i"], next(one)["i"], next(two)["i"]]
            assert mixed == [1, 1, 2, 2] and len(list(one)) == 93 and len(list(two)) == 23
            transaction.run("CREATE (:Gone)").consume()
            transaction.rollback()
        assert session.run("MATCH (n:Gone) RETURN count(n) AS n").single()["n"] == 0
        session.execute_write(lambda t: t.run("CREATE (:Kept)").consume())
        assert session.execute_read(
            lambda t: t.run("MATCH (n:Kept) RETURN count(n) AS n").single()["n"]
        ) == 1
        fails(
            ClientError, lambda: session.execute_read(lambda t: t.run("CREATE (:A)").consume()))


def errors_have_their_words(driver, database):
    with driver.session(database=database) as session:
        error = fails(ClientError, lambda: session.run("RETURN x").consume())
        assert error.code == "Pisces.ClientError.SyntaxError.UndefinedVariable", error.code
        assert error.message.startswith("[compile time] 1:8: "), error.message
        error = fails(ClientError, lambda: session.run("RETURN 1 / 0").consume())
        assert error.message.startswith("[runtime] ")
        assert session.run("RETURN 1 AS n").single()["n"] == 1
    with driver.session(database="neo4j") as session:
        error = fails(ClientError, lambda: session.run("RETURN 1").consume())
        assert error.code == "Neo.ClientError.Database.DatabaseNotFound"


def slow_queries_are_cut_and_block_nobody(driver, database):
    slow = "UNWIND range(1, 1000000) AS i UNWIND range(1, 1000000) AS j WITH i, j WHERE i < 0 RETURN i"
    ended = []

    def run():
        with driver.session(database=database) as session:
            query = neo4j.Query(slow, timeout=1.0)
            ended.append(fails(ClientError, lambda: session.run(query).consume()))

    thread = threading.Thread(target=run)
    thread.start()
    with driver.session(database=database) as session:
        for _ in range(50):
            assert session.run("RETURN 1 AS n").single()["n"] == 1
    thread.join(20)
    assert ended[0].code == "Pisces.ClientError.LimitExceeded.TimeLimit", ended


def many_rows_stream(driver, database):
    with driver.session(database=database, fetch_size=-1) as session:
        assert sum(1 for _ in session.run("UNWIND range(1, 200000) AS i RETURN i")) == 200_000


def scratch_graphs_end_with_their_connections(driver, database):
    for expected in (0, 0):
        with neo4j.GraphDatabase.driver(driver.uri, auth=(user, password)) as other:
            with other.session(database=f"scratch-{number}-short") as session:
                count = session.run("MATCH (n) RETURN count(n) AS n").single()["n"]
                assert count == expected
                session.run("CREATE (:A)").consume()


for scheme in ("bolt", "neo4j"):
    uri = f"{scheme}://{address}"
    fails(
        AuthError,
        lambda: neo4j.GraphDatabase.driver(uri, auth=(user, "wrong")).verify_connectivity())
    with neo4j.GraphDatabase.driver(uri, auth=(user, password)) as driver:
        driver.uri = uri
        driver.verify_connectivity()
        info = driver.get_server_info()
        assert info.agent.startswith("Neo4j/5.4.0-compatible Pisces/"), info.agent
        assert tuple(info.protocol_version) == (5, 4), info.protocol_version
        for check in (
            values_come_back, graphs_are_read_and_written, transactions_hold_several_results,
            errors_have_their_words, slow_queries_are_cut_and_block_nobody, many_rows_stream,
            scratch_graphs_end_with_their_connections,
        ):
            check(driver, f"scratch-{number}-{scheme}")
            print(f"{scheme}: {check.__name__.replace('_', ' ')}")
