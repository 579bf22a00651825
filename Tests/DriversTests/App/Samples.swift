internal import Drivers
internal import Resources

/// App files of the tests.
enum Samples {
    /// Every key of an app file, with values that are none of the standard ones.
    static let full = """
        app: guestbook
        version: 1.4.0
        description: guests write, guests read
        directory: bin
        components:
          web:
            run: {native: ./server --port $PORT --admin $PORT_ADMIN}
            count: 2
            needs: {cpu: 0.2, memory: 64MiB, storage: 1GiB, processes: 64}
            ports: {http: 8080, admin: auto}
            volumes: {data: /var/lib/guestbook, shared: /srv/shared}
            env: {TITLE: hello}
            configs: {/etc/guestbook.toml: guestbook-config}
            secrets: {API_KEY: guestbook-key, /run/key: guestbook-key}
            on-change: signal HUP
            health: {http: /healthz, port: admin, every: 5s, timeout: 1500ms, failures: 4,
              passes: 2, grace: 1m}
            stop: {signal: INT, grace: 3s}
            restart: on-failure
            place: {spread: zone, require: {arch: arm64}, prefer: {disk: ssd}, near: [db],
              apart: [web]}
            update: {strategy: rolling, max-unavailable: 2, auto-revert: false, deadline: 2m}
          db:
            run: {oci: postgres.oci, command: postgres -p $PORT}
            ports: {sql: 5432}
            volumes: {shared: /srv/shared}
            health: {tcp: sql}
            update: {strategy: blue-green}
          plain:
            run: {host: /usr/bin/plain}
            health: {command: "/usr/bin/check '$TASK'"}
          tidy:
            run: {native: ./tidy}
            every: 5m
          nightly:
            run: {native: ./report}
            cron: 0  4 * *  mon-fri
            restart: on-failure
        services:
          guestbook: {component: web, port: http, balance: least-connections, listen: 8000,
            protocol: http, driver: haproxy}
          sql: {component: db, port: sql, balance: hash, protocol: tcp, listen: '[::1]:9000'}
        volumes:
          data: {size: 1GiB, driver: loop}
          shared: {size: 64MiB, driver: tmpfs, per: app}
        capabilities:
          backup: {run: {native: ./backup --label $ARG_LABEL}, component: web,
            takes: {label: text, dry-run: bool}, returns: map, timeout: 5m}
        """

    /// The apps of a text in the folder `/srv/apps/guestbook`, with bases by path.
    static func read(
        _ text: String, bases: [String: String] = [:]
    ) throws(AppError) -> [App] {
        try AppFile.read(Array(text.utf8), folder: "/srv/apps/guestbook") { path in
            if let text = bases[path] { return .file(Array(text.utf8)) }
            return bases.keys.contains { $0.hasPrefix(path + "/") } ? .folder : .missing
        }
    }

    /// A value as YAML people read, for goldens: keys in canonical order.
    static func lines(_ map: ValueMap, indent: String = "") -> String {
        map.entries.map { key, value in
            if let inner = value.map, !inner.isEmpty {
                return "\(indent)\(key):\n" + lines(inner, indent: indent + "  ")
            }
            var writer = JSONWriter()
            writer.write(value)
            return "\(indent)\(key): \(value.text ?? writer.text)\n"
        }.joined()
    }
}
