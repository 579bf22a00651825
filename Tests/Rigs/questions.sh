#!/usr/bin/env bash
# Questions in Cypher to a whole node: answers, errors, the past, rights, and answers that are followed live.
. "$(dirname "${BASH_SOURCE[0]}")/lib/rig.bash"
trap cleanup EXIT
up "$PISCES_STATE" 2>/dev/null || { echo "FAILED: no node"; exit 1; }
pictured "$PISCES_STATE" || bad "the node sees itself within a minute"
node=$(pid_of "$PISCES_STATE")
api=$(api_of "$PISCES_STATE")
ask() { "$PISCES" query "$@" 2>&1; }
# post BODY [CURL OPTION…]: asks over the socket.
post() { curl -s -m 10 --unix-socket "$PISCES_STATE/pisces.sock" -d "$1" "${@:2}" http://node/v1/query; }

holds "a question is answered as a table" "^$node +pisces" \
    "$(ask 'MATCH (p:Process {pid: $pid}) RETURN p.pid, p.name' -p "pid=$node")"
same "… as lines of JSON" "{\"n\":1,\"t\":\"a\\\"b\"}" "$(ask 'RETURN 1 AS n, $t AS t' -p 't=a"b' -o ndjson 2>/dev/null)"
holds "nodes, relationships and paths have forms" "PARENT" \
    "$(ask 'MATCH path = (p:Process {pid: $pid})-[:PARENT]->(q) RETURN p, path' -p "pid=$node")"
holds "over HTTP a row is a line, the columns a header" 'pisces-columns: \["one"\]' "$(post '{"query": "RETURN 1 AS one"}' -i)"
same "a large answer streams whole" 200000 \
    "$(post '{"query": "UNWIND range(1, 200000) AS x RETURN x"}' | tail -1 | jq .x)"
same "an error behind the first row is the last line" "ArithmeticError.DivisionByZero" \
    "$(post '{"query": "UNWIND range(1, 100000) AS x RETURN 1 / (90000 - x)"}' | tail -1 | jq -r .error.subject)"
holds "a plan is shown, with its class" "NodeIndexSeek.*standing: class A" \
    "$(ask --explain 'MATCH (p:Process {pid: 1}) RETURN p' | tr '\n' ' ')"
holds "a profile counts rows" "1 rows, 1 hits" "$(ask --profile 'MATCH (p:Process {pid: 1}) RETURN p.name')"
holds "a typing mistake is shown with its place" "1:19.*did you mean RETURN" "$(ask 'MATCH (p:Process) RETRUN p')"
holds "an unknown variable too" "1:36.*UndefinedVariable" "$(ask 'MATCH (p:Process {pid: 1}) RETURN (q)')"
holds "changes are refused, and how to make them is said" "ReadOnly.*pisces apply" "$(ask 'CREATE (n:App)')"
holds "a body that is no JSON is refused" '"status":400' "$(post '{"query": ')"
holds "an unknown member too" 'did you mean parameters' "$(post '{"query": "RETURN 1", "paramters": {}}')"
holds "a question without an end is stopped, and the limit named" "limit|Limit" \
    "$(post '{"query": "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b WITH a, b ORDER BY b RETURN count(*)"}' -m 90)"
check "the node answers meanwhile and after" "$PISCES" status

token=$("$PISCES" token --scope read --prefix /prod --name narrow 2>/dev/null)
same "a token for /prod sees nothing of the machine" '{"n":0}' \
    "$(curl -s -m 5 -H "authorization: Bearer $token" -d '{"query": "MATCH (p:Process) RETURN count(p) AS n"}' "$api/v1/query")"
holds "without a token there is no answer" '"status":401' "$(curl -s -m 5 -d '{"query": "RETURN 1"}' "$api/v1/query")"

cat >"$SCRATCH/types.yaml" <<END
type: type
name: note
data: {summary: A note., role: desired, writer: people, columns: [text], fields: [{name: text, kind: text, summary: A text.}]}
END
check "a type of one's own" "$PISCES" apply -f "$SCRATCH/types.yaml"
note() { printf 'type: note\nname: %s\ndata: {text: %s}\n' "$1" "$2" | "$PISCES" apply -f - >/dev/null; }
note first one
position=$("$PISCES" status -o json | jq '.logs[] | select(.mount == "/") | .position')
note first two
same "the past is asked the same way" "one" \
    "$(ask 'MATCH (n:Note) RETURN n.text' --at "@fleet:$position" -o ndjson 2>/dev/null | jq -r '."n.text"')"

# Followed live: one question of each class, each ended by the rig.
follow() { "$PISCES" watch "$2" --from "${3:-now}" -o ndjson >"$SCRATCH/$1" 2>"$SCRATCH/$1.said" & watchers+=($!); }
watchers=()
follow a 'MATCH (n:Note) WHERE n.text <> "hidden" RETURN n.name, n.text'
follow b 'MATCH (p:Process)-[:PARENT]->(q:Process {pid: 1}) RETURN p.pid'
follow c 'MATCH (n:Note) RETURN count(*) AS notes' snapshot
for letter in A B C; do
    until_true 5 grep -q "class $letter" "$SCRATCH/${letter,}.said" && ok "a question of class $letter is followed" \
        || bad "a question of class $letter is followed" "$(cat "$SCRATCH/${letter,}.said")"
done
note second three
note hidden hidden
note second four
"$PISCES" delete note/second >/dev/null
signs() { jq -c '[.sign, .row["n.text"]]' "$SCRATCH/a" | tr '\n' ' '; }
until_true 5 bash -c "[ \$(wc -l <'$SCRATCH/a') -ge 3 ]"
same "class A: what entered, changed and left" '[1,"three"] [1,"four"] [-1,"four"] ' "$(signs)"
until_true 5 bash -c "tail -2 '$SCRATCH/c' | grep -q '\"notes\":2'" && ok "class C: the count follows" \
    || bad "class C: the count follows" "$(tail -2 "$SCRATCH/c")"

# A server appears and vanishes, by the statement as people type it.
follow listens 'MATCH (p:Process)-[:LISTENS]->(s:Socket) RETURN p.name, s.port'
until_true 5 grep -q "class B" "$SCRATCH/listens.said"
python3 -c 'import socket, time
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
time.sleep(600)' >"$SCRATCH/port" & server=$!
until_true 5 test -s "$SCRATCH/port"
row() { jq -c "select(.row[\"s.port\"] == $(cat "$SCRATCH/port")) | [.sign, .row[\"p.name\"]]" "$SCRATCH/listens" | sed -E 's/python[0-9.]*/python/' | paste -sd' '; }
until_true 10 eval '[ -n "$(row)" ]'
same "a server appears" '[1,"python"]' "$(row)"
holds "… and is found by its port" "python" \
    "$(ask "MATCH (p:Process)-[:LISTENS]->(s:Socket {port: $(cat "$SCRATCH/port")}) RETURN p.name")"
kill "$server"
until_true 10 eval '[ "$(row | wc -w)" = 2 ]'
same "… and vanishes" '[1,"python"] [-1,"python"]' "$(row)"
for pid in "${watchers[@]}"; do kill "$pid" 2>/dev/null; done
events() { curl -sN -m 2 --unix-socket "$PISCES_STATE/pisces.sock" -G http://node/v1/subscribe --data-urlencode 'query=MATCH (n:Note) RETURN n.name, n.text' "$@"; }
bookmark=$(events | sed -n 's/^data: {"bookmark":"\([^"]*\)"}.*/\1/p' | tail -1)
note third five
holds "a bookmark resumes behind what was seen" '"n.text":"five"' "$(events --data-urlencode "from=$bookmark")"
holds "… and tells nothing twice" '^0$' "$(events --data-urlencode "from=$bookmark" | grep -c '"one"')"
holds "upserts are rows by key" '"upserts":\[\{"key"' "$(events --data-urlencode "from=$bookmark" -d upserts)"
kill -9 "$node"
until_true 10 eval '! [ -d "/proc/$node" ]'
up "$PISCES_STATE" 2>/dev/null || bad "it starts again"
note third six
resumed=$(events --data-urlencode "from=$bookmark")
holds "in another life a bookmark resumes, too" '"n.text":"six"' "$resumed"
same "… with what is new since then, and no more" '[[1,"third","six"]]' \
    "$(sed -n 's/^data: \({.*"rows".*\)/\1/p' <<<"$resumed" | jq -c '[.rows[] | [.sign, .row["n.name"], .row["n.text"]]]')"
holds "… and tells nothing twice, and is not gone" '^0$' "$(grep -cE '"one"|event: (snapshot|gone|reset)' <<<"$resumed")"
holds "a statement that cannot stand is refused" 'changes the graph' "$("$PISCES" watch 'CREATE (n:Note)' 2>&1)"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
