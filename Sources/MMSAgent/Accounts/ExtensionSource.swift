internal import Host
internal import Resources

/// The extensions of browsers and editors in the home folders.
final class ExtensionSource: LevelSource {
    private(set) var contract = SensorContract(
        name: "extensions", kinds: [Kind.programExtension],
        mechanism: "inotify on the folders of extensions",
        why: "their folders tell of what is put there and taken away",
        privilege: "CAP_DAC_READ_SEARCH: homes are their owners'",
        fallback: "reads what this user may read, and says what not", mayMiss: missed)
    private static let missed =
        "extensions of other programs, of profiles in other places, and "
        + "of sandboxes (snap, flatpak); changes inside of an extension's own folder"
    private static let browsers = [
        (".config/google-chrome", "chrome"), (".config/chromium", "chromium"),
        (".config/BraveSoftware/Brave-Browser", "brave"), (".config/microsoft-edge", "edge"),
        (".config/vivaldi", "vivaldi"), (".config/opera", "opera"),
    ]
    private static let editors = [
        (".vscode/extensions", "vscode"), (".vscode-server/extensions", "vscode-server"),
        (".vscode-oss/extensions", "vscodium"), (".cursor/extensions", "cursor"),
        (".atom/packages", "atom"),
    ]
    private static let agents = ["claude", "cursor", "copilot", "codex", "agents"]
    let settle: UInt64 = 100
    private var paths: Set<String> = []
    var watched: WatchedPaths? { WatchedPaths(named: paths) }
    /// What files said, for as long as they are the same.
    private var kept: [String: Kept] = [:]
    private var used: [String: Kept] = [:]

    private struct Kept {
        var status: FileStatus
        var value: Value?
    }

    func open(_ kernel: any Kernel) -> [any KernelFeed] {
        _ = read(kernel)
        return []
    }

    func read(_ kernel: any Kernel) -> Reading {
        var files = ConfigReader(kernel)
        var names = NameRoll()
        var seen: [Seen] = []
        paths = ["/etc/passwd"]
        used = [:]
        for home in Homes(&files).all {
            guard kernel.status(home.path, following: true)?.kind == .directory else { continue }
            var found: [Extension] = []
            for (folder, program) in Self.browsers {
                found += browser("\(home.path)/\(folder)", program, &files)
            }
            for (folder, program) in Self.editors {
                found += editor("\(home.path)/\(folder)", program, &files)
            }
            for agent in Self.agents {
                found += skills("\(home.path)/.\(agent)/skills", agent, &files)
            }
            found += plugins("\(home.path)/.local/share/JetBrains", &files)
            found += firefox("\(home.path)/.mozilla/firefox", &files)
            seen += found.map { $0.seen(home, &names) }
        }
        kept = used
        contract.mayMiss = Self.missed + files.complaint
        return .whole(seen)
    }

    /// A file of JSON; nil for what is none.
    private func json(_ path: String, _ files: inout ConfigReader) -> Value? {
        guard let status = files.kernel.status(path, following: true), status.kind == .file else {
            return nil
        }
        if let old = kept[path], old.status == status {
            used[path] = old
            return old.value
        }
        let value = files.bytes(path).flatMap { bytes in try? JSONReader.decode(bytes) }
        used[path] = Kept(status: status, value: value)
        return value
    }

    /// Folders in a folder that is there; both are followed from now on.
    private func folders(_ path: String, _ files: inout ConfigReader) -> [String] {
        guard files.kernel.status(path, following: true)?.kind == .directory else { return [] }
        paths.insert(path)
        return files.folder(path).filter {
            files.kernel.status($0, following: true)?.kind == .directory
        }
    }

    private func browser(
        _ root: String, _ program: String, _ files: inout ConfigReader
    ) -> [Extension] {
        var found: [Extension] = []
        for profile in folders(root, &files) {
            let name = String(profile.dropFirst(root.count + 1))
            for one in folders("\(profile)/Extensions", &files) {
                for version in folders(one, &files) {
                    paths.insert(version)
                    guard let manifest = json("\(version)/manifest.json", &files),
                        let read = Extension(
                            manifest: manifest, program: program,
                            id: String(one.split(separator: "/").last ?? ""), profile: name,
                            path: version)
                    else { continue }
                    found.append(read)
                }
            }
        }
        return found
    }

    private func editor(
        _ root: String, _ program: String, _ files: inout ConfigReader
    ) -> [Extension] {
        folders(root, &files).compactMap { folder in
            paths.insert(folder)
            return json("\(folder)/package.json", &files).flatMap {
                Extension(package: $0, program: program, path: folder)
            }
        }
    }

    /// The skills of an agent: a folder each with a `SKILL.md`.
    private func skills(
        _ root: String, _ agent: String, _ files: inout ConfigReader
    ) -> [Extension] {
        folders(root, &files).compactMap { folder in
            paths.insert(folder)
            return files.bytes("\(folder)/SKILL.md").flatMap {
                Extension(skill: $0, program: agent, path: folder)
            }
        }
    }

    private func plugins(_ root: String, _ files: inout ConfigReader) -> [Extension] {
        var found: [Extension] = []
        for product in folders(root, &files) {
            let name = String(product.dropFirst(root.count + 1))
            for folder in folders(product, &files) {
                // What is no plugin has no `lib`.
                let library = "\(folder)/lib"
                guard files.kernel.status(library, following: true)?.kind == .directory else {
                    continue
                }
                paths.insert(library)
                let archives = (files.kernel.list(library) ?? [])
                    .prefix(Limits.configurationFiles.value)
                found.append(Extension(plugin: folder, archives: Array(archives), product: name))
            }
        }
        return found
    }

    private func firefox(_ root: String, _ files: inout ConfigReader) -> [Extension] {
        var found: [Extension] = []
        for profile in folders(root, &files) {
            let list = "\(profile)/extensions.json"
            guard let value = json(list, &files) else { continue }
            paths.insert(list)
            let name = String(profile.dropFirst(root.count + 1))
            let addons = (value.map?["addons"]?.list ?? [])
                .prefix(Limits.configurationFiles.value)
            found += addons.compactMap { Extension(addon: $0, profile: name, path: list) }
        }
        return found
    }
}
