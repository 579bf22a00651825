internal import Host
internal import Resources

/// What cron and anacron are told to run.
final class CronSource: LevelSource {
    private(set) var contract = SensorContract(
        name: "cron", kinds: [Kind.cronJob],
        mechanism: "inotify on the crontabs and their folders",
        why: "cron itself goes by the times of these files and folders",
        privilege: "CAP_DAC_READ_SEARCH for the tables of users", fallback: "leaves those out",
        mayMiss: missed)
    private static let missed = "jobs of at, and timers, which are services"
    private static let periods = ["hourly", "daily", "weekly", "monthly", "yearly"]
    private static let spools = ["/var/spool/cron/crontabs", "/var/spool/cron"]
    private static let tables = "/etc/cron.d"

    let watched: WatchedPaths? = WatchedPaths(
        named: Set(["/etc/crontab", "/etc/anacrontab", tables, Redaction.path] + spools)
            .union(periods.map { "/etc/cron.\($0)" }))

    func read(_ kernel: any Kernel) -> Reading {
        let redaction = Redaction(of: kernel)
        var files = ConfigReader(kernel)
        var jobs = Self.table("/etc/crontab", owner: nil, &files)
        for path in files.folder(Self.tables) where Self.isProgramName(path) {
            jobs += Self.table(path, owner: nil, &files)
        }
        for folder in Self.spools {
            for path in files.folder(folder) {
                guard let user = path.split(separator: "/").last, user != "crontabs" else {
                    continue
                }
                jobs += Self.table(path, owner: String(user), &files)
            }
        }
        for period in Self.periods {
            for path in files.folder("/etc/cron.\(period)") where Self.isProgramName(path) {
                guard let mode = kernel.status(path, following: true)?.mode, mode & 0o111 != 0
                else { continue }
                jobs.append(CronJob(program: path, period: period))
            }
        }
        let anacron = "/etc/anacrontab"
        jobs += files.lines(anacron).compactMap { CronJob(anacron: $0, file: anacron) }
        contract.mayMiss = Self.missed + files.complaint
        var names = NameRoll()
        return .whole(jobs.map { $0.seen(redaction, &names) })
    }

    private static func table(
        _ path: String, owner: String?, _ files: inout ConfigReader
    ) -> [CronJob] {
        files.lines(path).compactMap { CronJob($0, file: path, owner: owner) }
    }

    /// run-parts(8) and cron take no other names, so that leftovers of packages do not run.
    private static func isProgramName(_ path: String) -> Bool {
        (path.split(separator: "/").last ?? "").allSatisfy {
            $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-")
        }
    }
}
