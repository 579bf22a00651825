#!/usr/bin/env bash
# Bundles from one machine to another: a node fetches what another one, or any web server, hands out.
. "$(dirname "${BASH_SOURCE[0]}")/lib/rig.bash"
trap cleanup EXIT
one=$SCRATCH/one two=$SCRATCH/two
pisces() { timeout -k 1 60 "$PISCES" "$@"; }
check "the first node is up" up "$one" --name one --bolt 127.0.0.1:0
check "the second node is up" up "$two" --name two --bolt 127.0.0.1:0
mkdir -p "$SCRATCH/shop"
head -c 9000000 /dev/urandom >"$SCRATCH/shop/large"
printf '#!/bin/sh\nexec sleep 1000\n' >"$SCRATCH/shop/server"
chmod +x "$SCRATCH/shop/server"
cat >"$SCRATCH/shop/app.yaml" <<END
app: shop
version: 1.0.0
components:
  web: {run: {native: ./server}}
END
first() { PISCES_STATE=$one pisces "$@"; }
second() { PISCES_STATE=$two pisces "$@"; }
check "a bundle is made and signed" first store add "$SCRATCH/shop"
digest=$(first store search shop -o json | jq -r '.items[0].digest')
signer=$(first store search shop -o json | jq -r '.items[0].signer')
first token --scope read --name two 2>/dev/null >"$SCRATCH/token"
# Arguments are seen by the sensors, of both nodes.
echo "authorization: Bearer $(cat "$SCRATCH/token")" >"$SCRATCH/header"
url=$(api_of "$one")/v1/store/shop/archive

# --- from another node --------------------------------------------------------------------------------------------
same "a part is handed out" "206 100" "$(curl -s -o "$SCRATCH/part" -w '%{http_code} %{size_download}' -r 0-99 \
    -H "@$SCRATCH/header" "$url")"
same "all of it is too much for one answer" 422 "$(curl -s -o /dev/null -w '%{http_code}' \
    -H "@$SCRATCH/header" "$url")"
holds "who has no token is refused, and told what to do" "status 401.*--token-file" "$(second store add "$url" 2>&1)"
holds "a stranger's bundle is refused" "signer .* is not accepted" \
    "$(second store add "$url" --token-file "$SCRATCH/token" 2>&1)"
holds "another bundle than the one that is meant is refused" "not the one that was asked for" \
    "$(second store add "$url" --token-file "$SCRATCH/token" --accept "$signer" --digest "sha256:$(printf '0%.0s' {1..64})" 2>&1)"
same "nothing of it is in the store" "" "$(second store search shop -o json | jq -r '.items[].app')"
check "with token, digest and signer it is fetched" second store add "$url" --token-file "$SCRATCH/token" \
    --accept "$signer" --digest "$digest"
same "it is the same bundle" "$digest" "$(second store search shop -o json | jq -r '.items[0].digest')"
check "the token is nowhere in what the second node keeps" \
    [ -z "$(grep -rlFf "$SCRATCH/token" "$two")" ]
check "it is installed" second store install shop --accept "$signer" --no-wait
check "and its files are those of the first" until_true 10 cmp "$SCRATCH/shop/large" "$two/apps/${digest#sha256:}/large"
second app remove shop --timeout 20s >/dev/null 2>&1

# --- from any web server ------------------------------------------------------------------------------------------
servers=()
before_cleanup() { kill "${servers[@]}" 2>/dev/null; }
serve() { # serve FILE ANSWERS REPORT: sets $address
    # Of its own output it says its port only: who holds that of the rig keeps its reader waiting.
    python3 "$ROOT/Tests/Rigs/lib/ranges.py" "$@" >"$SCRATCH/port" 2>"$SCRATCH/server" &
    servers+=($!)
    until_true 5 test -s "$SCRATCH/port"
    address=http://127.0.0.1:$(cat "$SCRATCH/port")/shop
    : >"$SCRATCH/port.old"
    mv "$SCRATCH/port" "$SCRATCH/port.old"
}
first store export shop "$SCRATCH/shop.bundle" >/dev/null
second store remove shop >/dev/null
serve "$SCRATCH/shop.bundle" 5 "$SCRATCH/report"
holds "a server that goes away is told of" "cannot fetch" "$(second store add "$address" --accept "$signer" 2>&1)"
same "half a bundle is none" "" "$(second store search shop -o json | jq -r '.items[].app')"
serve "$SCRATCH/shop.bundle" 100 "$SCRATCH/report"
check "it goes on where it was cut off" second store add "$address" --accept "$signer"
bytes=$(awk '{ sum += $2 } END { print sum }' "$SCRATCH/report")
size=$(stat -c %s "$SCRATCH/shop.bundle")
check "and nothing but the head came twice ($bytes of $size bytes)" [ "$bytes" -lt $((size + 3200000)) ]
head -c 5000000 "$SCRATCH/shop.bundle" >"$SCRATCH/short.bundle"
second store remove shop >/dev/null
serve "$SCRATCH/short.bundle" 100
holds "an archive that ends early is refused" "another digest or length" \
    "$(second store add "$address" --accept "$signer" 2>&1)"
{ head -c 4000000 "$SCRATCH/shop.bundle"; printf x; tail -c +4000002 "$SCRATCH/shop.bundle"; } >"$SCRATCH/bent.bundle"
rm -rf "$two/store/partial"/*
serve "$SCRATCH/bent.bundle" 100
holds "a byte that differs is found" "another digest or length" "$(second store add "$address" --accept "$signer" 2>&1)"
holds "an address without a server is told of" "cannot fetch" "$(second store add http://127.0.0.1:9/shop 2>&1)"
finish
