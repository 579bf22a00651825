/// What runs on another host: a script for any POSIX shell with GNU's tools, which reads words on
/// lines and answers each with one line. Format: Docs/Formats/host.md.
enum HostScript {
    /// What it greets with.
    static let greeting = "pisces-host 1"

    /// The one command for ssh: the shell of the host sees single quotes and nothing else.
    static func command(directory: String) -> String {
        "exec /bin/sh -c \(quoted(text)) pisces \(quoted(directory))"
    }

    static func quoted(_ text: String) -> String {
        "'"
            + text.split(separator: "'", omittingEmptySubsequences: false).joined(
                separator: "'\\''")
            + "'"
    }

    /// The script; its first argument is the directory of the installation.
    static let text = begin + loop + copying + nodes + end

    private static let begin = #"""
        set -u
        umask 077
        LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
        export LC_ALL PATH
        dir=$1
        say() { printf "%s\n" "$*"; }
        fail() { say "failed $(say "$*" | tr "\n" " ")"; exit 1; }
        for tool in chmod cut df flock grep head id ls mkdir mv readlink rm sha256sum stat \
            sync tail tr uname wc; do
            command -v "$tool" >/dev/null 2>&1 || fail tools "there is no $tool"
        done
        size() { if [ -f "$1" ]; then stat -c %s "$1"; else say 0; fi; }
        sum() { if [ -f "$1" ]; then sha256sum <"$1" | cut -c1-64; else say none; fi; }
        place() { rest=${1#??}; at=$dir/blobs/${1%"$rest"}/$rest; }
        take() { why=$(head -c "$2" 2>&1 >>"$1") || fail disk "$why"; }
        keep() { why=$({ sync "$1" && mv "$1" "$2"; } 2>&1) || fail disk "$why"; }
        # The process of the node whose state is there, when it runs this copy: 0 for none.
        process() {
            pid=0 runs=
            [ -f "$1/lock" ] && pid=$(tr -dc 0-9 <"$1/lock")
            [ "${pid:-0}" -gt 0 ] && runs=$(readlink "/proc/$pid/exe")
            [ -n "$runs" ] || pid=0
        }
        unit=/etc/systemd/system/pisces.service
        ours() { [ -f "$unit" ] && grep -qxF "# Written by pisces for $1" "$unit"; }
        say "pisces-host 1"

        """#

    private static let loop = #"""
        while read -r word a b c d; do
        case $word in
        look)
            near=$dir
            while [ ! -d "$near" ]; do near=${near%/*}; [ -n "$near" ] || near=/; done
            if [ -w "$near" ]; then mode=writable; else mode=readonly; fi
            free=$(df -Pk "$near" | tail -n 1 | { read -r x x x free x; say "$free"; })
            if [ -e "$dir" ] && [ ! -d "$dir" ]; then held=file
            elif [ -f "$dir/description" ]; then held=copy:$(sum "$dir/description")
            elif [ ! -d "$dir" ]; then held=absent
            else
                others=$(ls -A "$dir" | grep -cvxE "blobs|pisces|release|[a-z]+\.new")
                held=files:$(ls -A "$dir" | wc -l)
                [ "$held" = files:0 ] && held=empty
                [ -d "$dir/blobs" ] && [ "$others" = 0 ] && held=begun
            fi
            read -r boot </proc/sys/kernel/random/boot_id
            say "$(uname -s) $(uname -m) $free $mode $held $boot" ;;

        """#

    private static let copying = #"""
        begin)
            why=$(mkdir -p "$dir/blobs" 2>&1) || fail disk "$why"
            why=$(: 2>&1 >>"$dir/blobs/.lock") || fail disk "$why"
            exec 9>>"$dir/blobs/.lock"
            flock -n 9 || fail busy
            say ready ;;
        has)
            place "$a"
            if [ -f "$at" ] && [ "$(size "$at")" = "$b" ]; then say whole
            else say "part $(size "$at.part")"; fi ;;
        put)
            place "$a"
            part=$at.part
            why=$(mkdir -p "${at%/*}" 2>&1) || fail disk "$why"
            [ "$c" = 0 ] && rm -f "$part"
            [ "$(size "$part")" = "$c" ] || fail busy
            take "$part" $((b - c))
            [ "$(size "$part")" = "$b" ] || exit 1
            if [ "$(sum "$part")" = "$a" ]; then keep "$part" "$at"; say whole
            else rm -f "$part"; say damaged; fi ;;
        prove)
            place "$a"
            if [ "$(sum "$at")" = "$a" ]; then say whole; else rm -f "$at"; say damaged; fi ;;
        run) place "$a"; chmod 755 "$at"; say done ;;
        file)
            rm -f "$dir/$a.new"
            take "$dir/$a.new" "$c"
            [ "$(size "$dir/$a.new")" = "$c" ] || exit 1
            chmod "$b" "$dir/$a.new"
            keep "$dir/$a.new" "$dir/$a"
            say whole ;;
        drop) rm -f "$dir/$a"; say done ;;
        sum) say "$(sum "$dir/$a")" ;;
        settle)
            for folder in "$dir"/blobs/?? "$dir/blobs" "$dir" "${dir%/*}"; do
                [ -d "$folder" ] || continue
                why=$(sync "$folder" 2>&1) || fail disk "$why"
            done
            say done ;;

        """#

    private static let nodes = #"""
        node)
            process "$a"
            case $runs in
            "$(readlink -f "$dir")"/blobs/*) say "runs $pid" ;;
            *pisces*|*/blobs/*) say "other $pid $runs" ;;
            *) if [ -f "$a/identity.json" ]; then say rests; else say none; fi ;;
            esac ;;
        join)
            read -r secret || exit 1
            why=$(say "$secret" | "$dir/pisces" node join - --state "$a" --name "$b" --bus "$c" \
                2>&1 9>&-) || fail node "$why"
            say joined ;;
        start)
            if [ -d /run/systemd/system ] && [ "$(id -u)" = 0 ]; then
                if [ -e "$unit" ] && ! ours "$a"; then fail unit "$unit"; fi
                why=$({ printf "%s\n" "# Written by pisces for $a" "[Unit]" \
                    "Description=Pisces" "Wants=network-online.target" \
                    "After=network-online.target" "[Service]" \
                    "ExecStart=$dir/pisces up --state $a --name $b --bus $c --listen $d" \
                    "Restart=always" "RestartSec=2" "KillMode=process" "[Install]" \
                    "WantedBy=multi-user.target" >"$unit" &&
                    systemctl daemon-reload && systemctl enable --now pisces.service
                } 2>&1 </dev/null 9>&-) || fail node "$why"
                tries=0
                until [ -S "$a/pisces.sock" ] || [ $tries -ge 300 ]; do
                    sleep 0.1
                    tries=$((tries + 1))
                done
            else
                why=$("$dir/pisces" up --state "$a" --name "$b" --bus "$c" --listen "$d" \
                    --background 2>&1 </dev/null 9>&-) || fail node "$why"
            fi
            say started ;;
        stop)
            process "$a"
            if ours "$a"; then
                why=$({ systemctl disable --now pisces.service && rm -f "$unit" &&
                    systemctl daemon-reload; } 2>&1 </dev/null) || fail node "$why"
            elif [ "$pid" -gt 0 ]; then
                why=$("$dir/pisces" down --state "$a" 2>&1 </dev/null) || fail node "$why"
            fi
            tries=0
            while [ "$pid" -gt 0 ] && [ "$(readlink "/proc/$pid/exe")" = "$runs" ]; do
                [ $tries -lt 300 ] || fail node "process $pid has not ended after 30 s"
                sleep 0.1
                tries=$((tries + 1))
            done
            say stopped ;;
        erase)
            process "$a"
            [ "$pid" = 0 ] || fail apps "its node runs as process $pid"
            grep -qF " $a/" /proc/mounts && fail apps "something is mounted below $a"
            for key in "$a"/instances/*; do
                [ -f "$key/process" ] && [ ! -f "$key/ended" ] || continue
                read -r pid x <"$key/process"
                [ ! -e "/proc/$pid" ] || fail apps "process $pid of an app runs"
            done
            if [ -f "$a/identity.json" ]; then
                why=$(rm -rf --one-file-system "$a" 2>&1) || fail disk "$why"
            fi
            rm -f "$dir/description" "$dir/release" "$dir/pisces"
            why=$(rm -rf --one-file-system "$dir/blobs" 2>&1) || fail disk "$why"
            rmdir "$dir" 2>/dev/null
            say erased ;;

        """#

    private static let end = #"""
        *) fail words "$word" ;;
        esac
        done
        """#
}
