"""Prints the processes of a machine as a tree: process_tree.py bolt://127.0.0.1:7687 TOKEN"""
import sys
from neo4j import GraphDatabase

QUERY = "MATCH (p:Process) OPTIONAL MATCH (p)-[:PARENT]->(q:Process) RETURN p.pid, p.name, q.pid ORDER BY p.pid"
with GraphDatabase.driver(sys.argv[1], auth=("me", sys.argv[2])) as driver:
    children = {}
    for pid, name, parent in driver.execute_query(QUERY).records:
        children.setdefault(parent, []).append((pid, name))


def show(parent, depth):
    for pid, name in children.get(parent, []):
        print("  " * depth + f"{pid} {name}")
        show(pid, depth + 1)


show(None, 0)
