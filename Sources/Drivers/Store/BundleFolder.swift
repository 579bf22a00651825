internal import Host
internal import Resources
internal import Trust

/// An app's folder, read to make a bundle of it.
struct BundleFolder {
    /// The folder, absolute.
    let path: String
    private let files = LinuxFiles()

    init(_ path: String) { self.path = path }

    /// The manifest of what is in the folder now.
    func manifest(signer: SignerKey?) throws(BundleError) -> BundleManifest {
        let app = try app()
        var entries: [BundleManifest.File] = []
        try walk("", depth: 0, &entries)
        entries.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        var data = app.data
        data["directory"] = try directory(of: app).map { .text($0) }
        // What the console adds to say where an app came from is no part of what it is.
        data["bundle"] = nil
        data["digest"] = nil
        return try BundleManifest(
            app: app.name, version: app.version, data: data, files: entries, signer: signer)
    }

    private func app() throws(BundleError) -> App {
        let name = ["app.yaml", "app.yml"].first { files.status(path + "/" + $0) != nil }
        guard let name else {
            throw refusal(.notFound, path, "there is no app.yaml", "name the folder of an app")
        }
        let file = path + "/" + name
        let bytes = try onFiles { () throws(ProcessError) in
            try files.read(file, atMost: Limits.yamlBytes.value)
        }
        let apps: [App]
        do throws(AppError) { apps = try AppFile.read(bytes ?? [], folder: path) } catch {
            throw refusal(.badForm, file, error.description, "correct the file")
        }
        guard let app = apps.first, apps.count == 1 else {
            throw refusal(
                .badForm, file, "it describes \(apps.count) apps", "give each a folder of its own")
        }
        return app
    }

    /// The app's folder of programs, relative to the bundle.
    private func directory(of app: App) throws(BundleError) -> String? {
        guard let directory = app.directory, directory != path else { return nil }
        guard directory.hasPrefix(path + "/") else {
            throw refusal(
                .badPath, directory, "the programs are outside of the app's folder",
                "put them inside and name that folder as directory")
        }
        return String(directory.dropFirst(path.count + 1))
    }

    private func walk(
        _ folder: String, depth: Int, _ entries: inout [BundleManifest.File]
    ) throws(BundleError) {
        guard depth < Limits.bundleDepth.value else {
            throw refusal(
                .badPath, folder, "it is \(depth) deep; the limit is \(Limits.bundleDepth.value)",
                "nest less")
        }
        let names = try onFiles { () throws(ProcessError) in
            try files.names(in: path + "/" + folder)
        }
        if names.isEmpty && !folder.isEmpty { entries.append(.init(path: folder, kind: .folder)) }
        for name in names {
            let inner = folder.isEmpty ? name : folder + "/" + name
            if files.status(path + "/" + inner)?.kind == .folder {
                try walk(inner, depth: depth + 1, &entries)
            } else {
                entries.append(.init(path: inner, kind: try kind(inner)))
            }
            guard entries.count <= Limits.bundleFiles.value else {
                throw refusal(
                    .tooLarge, path, "it has more than \(Limits.bundleFiles.value) files",
                    "pack them into fewer, such as one archive")
            }
        }
    }

    private func kind(_ inner: String) throws(BundleError) -> BundleManifest.File.Kind {
        let whole = path + "/" + inner
        guard let status = files.status(whole) else {
            throw refusal(.notFound, whole, "it is gone, or its name is no UTF-8", "rename it")
        }
        switch status.kind {
        case .link:
            return .link(
                target: try onFiles { () throws(ProcessError) in
                    try files.target(ofLink: whole)
                })
        case .file(let executable):
            guard status.mode & 0o6000 == 0 else {
                throw refusal(
                    .badForm, whole, "it runs as its owner (setuid or setgid)", "chmod ug-s it")
            }
            let (digest, size) = try digest(whole)
            return .file(digest: digest, size: size, executable: executable)
        case .folder, .other:
            throw refusal(
                .badForm, whole, "it is a device, a pipe or a socket", "remove it from the folder")
        }
    }

    private func digest(_ path: String) throws(BundleError) -> (ContentDigest, Int) {
        var (hasher, size) = (ContentHasher(), 0)
        do throws(LinuxFile.Failure) {
            let whole = try LinuxFile.pieces(of: path) { piece in
                size += piece.count
                hasher.update(piece)
                return size <= Limits.bundleBytes.value
            }
            if whole { return (hasher.finish(), size) }
        } catch { throw refusal(.failed, path, error.cause, "make it readable") }
        throw refusal(
            .tooLarge, path, "it exceeds \(Limits.bundleBytes.value) bytes",
            "keep large data in a volume")
    }

    private func refusal(
        _ kind: BundleError.Kind, _ subject: String, _ cause: String, _ remedy: String
    ) -> BundleError {
        BundleError(kind, operation: "bundle", subject: subject, cause: cause, remedy: remedy)
    }
}
