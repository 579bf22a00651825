internal import Host
internal import Resources

/// Where a container's program is, seen from inside, checked before anything starts.
struct ContainerProgram {
    /// The folders of the host that a container sees at the same place.
    private static let shared = ["/usr/", "/bin/", "/sbin/", "/lib/", "/lib64/"]
    /// The folders no app may have as its own: the host's secrets, homes and kernel.
    private static let forbidden = [
        "/", "/boot", "/dev", "/etc", "/home", "/proc", "/root", "/run", "/sys", "/var",
    ]

    /// The app's folder without symbolic links; nil when the instance has none.
    static func folder(
        of instance: Instance, apartFrom state: String
    ) throws(DriverError) -> String? {
        guard let directory = instance.directory else { return nil }
        func refuse(_ kind: DriverError.Kind, _ cause: String) -> DriverError {
            DriverError(
                kind, operation: "start", subject: instance.name, cause: cause,
                remedy: "give the app a folder of its own")
        }
        let files = LinuxFiles()
        guard directory.hasPrefix("/"), let path = files.resolve(directory),
            files.kind(path) == .folder
        else { throw refuse(.programNotFound, "no such folder: \(printable(directory))") }
        let home = files.resolve(state) ?? state
        let overlaps = (home + "/").hasPrefix(path + "/") || (path + "/").hasPrefix(home + "/")
        if forbidden.contains(path) || overlaps {
            throw refuse(.unsupported, "\(path) is not shown to containers")
        }
        return path
    }

    /// The program's path inside, with `app` at `/app`.
    static func path(
        of instance: Instance, app: String?
    ) throws(DriverError) -> String {
        let name = instance.command[0]
        let found: String
        do throws(ProcessError) {
            let search =
                name.utf8.contains(UInt8(ascii: "/"))
                ? nil : instance.environment["PATH"] ?? ExecutablePath.standard
            found = try ExecutablePath.find(name, on: search, in: app)
        } catch { throw DriverError(error) }
        if let app, let real = LinuxFiles().resolve(found), real.hasPrefix(app + "/") {
            return "/app" + real.dropFirst(app.count)
        }
        if shared.contains(where: { found.hasPrefix($0) }), !found.contains("/../") {
            return found
        }
        throw DriverError(
            .programNotFound, operation: "start", subject: printable(found),
            cause: "is not visible in the container",
            remedy: "put it into the app's folder, or use device host")
    }
}
