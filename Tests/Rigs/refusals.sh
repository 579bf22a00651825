#!/usr/bin/env bash
# What a node refuses and what its handlers put aside, from outside: kept, read by administrators only, and
# there after kill -9.
. "$(dirname "${BASH_SOURCE[0]}")/lib/rig.bash"
trap cleanup EXIT
pisces() { timeout -k 1 10 "$PISCES" "$@"; }
refusals() { pisces log refusals -o json "$@" | jq -c ".items[]"; }
ask() { curl -s -o "$SCRATCH/answer" -w '%{http_code}' "$@"; }
propose() { # propose TOKEN BODY
    ask -X POST -H "Authorization: Bearer $1" "$api/v1/commands" -d "$2"
}
start() {
    "$PISCES" up --listen 127.0.0.1:0 --background 2>"$SCRATCH/up" ||
        { cat "$SCRATCH/up"; echo "FAILED: no node"; exit 1; }
    node=$(pid_of "$PISCES_STATE")
    pids+=("$node")
    api=$(pisces status -o json | jq -r .node.endpoints.api)
}

start
reader=$(pisces token --name reader --scope read 2>/dev/null)
admin=$(pisces token --name admin --scope admin 2>/dev/null)
printf 'type: config\nname: c\ndata: {nosuch: correct-horse}\n' >"$SCRATCH/c.yaml"
pisces apply -f "$SCRATCH/c.yaml" >/dev/null 2>&1
same "what breaks a type is refused" 1 $?
same "… and kept, with who, what and why" \
    '["local:0","create","config","c","/","unknownField",1]' \
    "$(refusals | tail -1 | jq -c '[.author, .verb, .type, .name, .namespace, .code, .commands]')"
same "who may only read is refused" 403 \
    "$(propose "$reader" '{"commands":[{"create":{"type":"config","name":"d","data":{"text":"t0p-secret"}}}]}')"
same "… and kept under the token's name" '["token:reader","config","d","forbidden"]' \
    "$(refusals | tail -1 | jq -c '[.author, .type, .name, .code]')"
same "a word that a type does not know is refused" 1 \
    "$(pisces token --scope s3cret-verb >/dev/null 2>&1; echo $?)"
same "… and kept without the word" 'scope must be one of read, write, run, admin, not …' \
    "$(refusals | tail -1 | jq -r .reason)"
same "who is not signed in is refused" 401 "$(ask -X POST "$api/v1/commands" -d '{}')"
same "… and kept, too" unauthenticated "$(refusals | tail -1 | jq -r .code)"
same "a token that is none is refused" 401 "$(propose "pisces_guessed-token" '{}')"
same "… and kept without it" '["signIn","unauthenticated"] 0' \
    "$(refusals | tail -1 | jq -c '[.verb, .code]') $(grep -c guessed "$PISCES_STATE/refusals/current")"
same "a rehearsal is none" "$(refusals | wc -l)" \
    "$(pisces apply --dry-run -f "$SCRATCH/c.yaml" >/dev/null 2>&1; refusals | wc -l)"
same "no value of a command is in the files" 0 \
    "$(cat "$PISCES_STATE"/refusals/* | grep -cE 'correct-horse|t0p-secret|s3cret-verb')"
same "only the owner may read them" 600 "$(stat -c %a "$PISCES_STATE/refusals/current")"

same "a reader's token may not read them" 403 \
    "$(ask -H "Authorization: Bearer $reader" "$api/v1/log/refusals")"
same "an administrator's may" 200 "$(ask -H "Authorization: Bearer $admin" "$api/v1/log/refusals?limit=1")"
same "… as many as asked for" 1 "$(jq '.items | length' "$SCRATCH/answer")"
same "a moment that is none is refused" 400 \
    "$(ask -H "Authorization: Bearer $admin" "$api/v1/log/refusals?since=yesterday")"
same "nothing was refused since the future" 0 "$(refusals --since 2100-01-01T00:00:00Z | wc -l)"

# A flood: more than a burst, told as one line, and the node answers as before.
body='{"commands":[{"create":{"type":"config","name":"f","data":{"text":"x"}}}]}'
seq 600 | xargs -P 4 -I{} curl -s -o /dev/null -X POST -H "Authorization: Bearer $reader" \
    "$api/v1/commands" -d "$body"
coalesced=$(refusals --limit 1000 | jq -s 'map(.coalesced // 0) | add')
single=$(refusals --limit 1000 | jq -s 'map(select(.name == "f")) | length')
same "every one of a flood is told, alone or among others" 600 $((coalesced + single))
[ "$single" -lt 400 ] && ok "… most of them among others" || bad "… most of them among others: $single alone"

# What a handler cannot do.
printf 'type: app\nname: bad\ndata: {version: "1", components: {web: none}}\n' >"$SCRATCH/bad.yaml"
check "an app that nobody can read is taken" pisces apply -f "$SCRATCH/bad.yaml"
letters() { pisces get deadletter -o json | jq -c '[.items[].data | [.handler, .subject, .attempts]]'; }
lettered() { [ "$(letters)" = '[["expander","app/bad",1]]' ]; }
until_true 10 lettered
same "… and put aside" '[["expander","app/bad",1]]' "$(letters)"
same "the handlers' list counts it" 1 \
    "$(pisces handlers -o json | jq '.[] | select(.name == "expander").deadLetters')"
holds "the app says what it waits for" "components.web" "$(pisces app status bad 2>&1)"

before=$(refusals --limit 1000 | head -3)
kill -9 "$node"
until_true 10 eval '! [ -d /proc/$node ]'
start
same "refusals are there after kill -9" "$before" "$(refusals --limit 1000 | head -3)"
same "and the letter, once" '[["expander","app/bad",1]]' "$(letters)"
letter=$(pisces get deadletter -o name)
check "a person deletes it" pisces delete "$letter"
until_true 10 lettered
same "… which has it tried again" '[["expander","app/bad",1]]' "$(letters)"
check "its subject is deleted" pisces delete app/bad
none() { [ -z "$(pisces get deadletter -o name)" ]; }
until_true 10 none
same "… and the letter with it" "" "$(pisces get deadletter -o name)"
pisces down >/dev/null
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
