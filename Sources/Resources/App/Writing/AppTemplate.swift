/// The app file that `app init` begins with: right as it is, and right with every commented key
/// taken in.
public enum AppTemplate {
    /// The text for an app of that name; refused when that is no name of an app.
    public static func text(name: String) throws(AppError) -> String {
        if let fault = AppShape.Form.label.fault(name) {
            throw AppError(["app"], found: fault.found, expected: fault.expected)
        }
        return lines.replacing("NAME", with: name)
    }

    private static let lines = """
        # An app of Pisces. `pisces app check` says what is wrong here, `pisces app install` runs it.
        # A line such as `# count: 2` shows a key that may be there: remove the `# ` to use it.
        app: NAME
        version: 0.1.0
        # description: what it is for

        # The folder of its programs, relative to this file; shown to containers as /app.
        # directory: .

        # Files that this one is merged over, relative to this file.
        # from: [../base]

        components:
          web:
            # A `native` program is one of the folder, in a container; a `host` program one of the
            # machine, plainly; `oci` an image. $PORT is the replica's port, $REPLICA its number.
            run: {native: ./NAME --port $PORT}
            ports: {http: 8080}   # replica n listens on 8080 + n; `auto`: a free port
            # count: 2

            # What each replica needs, and in a container is held to.
            # needs: {cpu: 0.2, memory: 64MiB, storage: 1GiB, processes: 64}

            # env: {TITLE: hello}
            # volumes: {data: /var/lib/NAME}
            # configs: {/etc/NAME.toml: NAME-config}
            # secrets: {API_KEY: NAME-key, /run/key: NAME-key}
            # on-change: signal HUP

            # How to find out whether a replica serves; or {tcp: http}, or {command: COMMAND}.
            # health: {http: /healthz, every: 2s, timeout: 1s, failures: 3, passes: 1, grace: 10s}
            # stop: {signal: TERM, grace: 10s}
            # restart: always

            # place: {spread: machine, require: {arch: arm64}, prefer: {disk: ssd}, apart: [web]}
            # update: {strategy: rolling, max-unavailable: 1, auto-revert: true, deadline: 60s}

          # A job starts at its time, ends, and starts again; `cron: 0 4 * * *` is 4 o'clock UTC.
          # cleanup: {run: {native: ./NAME --cleanup}, every: 1h}

        # Names and addresses under which components answer.
        # services: {NAME: {component: web, port: http, balance: least-connections, listen: 8000}}

        # What outlives replicas; `per: app` is one that all replicas share.
        # volumes: {data: {size: 1GiB, driver: directory, per: replica}}

        # Operations the app offers; an argument `label` is $ARG_LABEL.
        # capabilities: {backup: {run: {native: ./backup}, component: web, returns: text}}

        """
}
