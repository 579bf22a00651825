internal import Resources
internal import Trust

extension Description {
    /// Reads its canonical bytes; every other form, order or key is refused.
    public init(_ bytes: [UInt8]) throws(ReproductionError) {
        let most = Limits.descriptionBytes.value
        guard bytes.count <= most else {
            throw Self.refusal(
                .tooLarge, "it has \(bytes.count) bytes; the limit is \(most)",
                "describe a system of fewer files and resources")
        }
        var reader = MapReader(try Self.map(bytes), path: "")
        let format = try reader.int("format")
        guard format == Self.format else {
            throw Self.refusal(
                .badForm, "it is of format \(format); this program reads \(Self.format)",
                "update pisces first, or describe the system with this version")
        }
        let sequence = try reader.int("sequence")
        let word = try reader.text("architecture")
        guard let architecture = Architecture(rawValue: word) else {
            throw reader.wrong("architecture", "\(printable(word)) is none that is known")
        }
        self.init(
            sorted: sequence, architecture, try reader.maps("files", File.init),
            try reader.optionalMap("boot", Boot.init), try reader.maps("modules", Module.init),
            try reader.maps("apps", App.init), try reader.maps("images", Image.init),
            try reader.maps("resources", Heritable.init),
            try reader.map("parameters", Parameters.init),
            try reader.maps("provenance", Origin.init))
        try reader.finish()
        try check()
    }

    private static func map(_ bytes: [UInt8]) throws(ReproductionError) -> ValueMap {
        do throws(CBORError) {
            if let map = try CBORReader.decode(bytes).map { return map }
        } catch {
            throw refusal(
                .badForm, "at byte \(error.offset) \(error.reason.rawValue)",
                "copy it again from where it was made")
        }
        throw refusal(.badForm, "it is no map", "copy it again from where it was made")
    }

    static func refusal(
        _ kind: ReproductionError.Kind, _ cause: String, _ remedy: String
    ) -> ReproductionError {
        ReproductionError(
            kind, operation: "read", subject: "the description", cause: cause, remedy: remedy)
    }
}

extension Description.File {
    fileprivate init(_ reader: inout MapReader) throws(ReproductionError) {
        let path = try reader.text("path")
        let number = try reader.int("mode")
        guard let mode = UInt16(exactly: number) else {
            throw reader.wrong("mode", "\(number) is no mode of a file")
        }
        if let target = try reader.optionalText("target") {
            self.init(path, mode: mode, .symlink(target))
        } else if let directory = reader.take("directory") {
            guard directory == true else { throw reader.wrong("directory", "may only be true") }
            self.init(path, mode: mode, .directory)
        } else {
            self.init(path, mode: mode, .file(try reader.blob("blob")))
        }
    }
}

extension Description.Boot {
    fileprivate init(_ reader: inout MapReader) throws(ReproductionError) {
        self.init(
            kernel: try reader.blob("kernel"), program: try reader.blob("program"),
            loader: try reader.blob("loader"), stub: try reader.blob("stub"),
            guardian: try reader.blob("guard"), commandLine: try reader.texts("commandLine"))
    }
}

extension Description.Module {
    fileprivate init(_ reader: inout MapReader) throws(ReproductionError) {
        self.init(try reader.text("path"), try reader.blob("blob"))
    }
}

extension Description.App {
    fileprivate init(_ reader: inout MapReader) throws(ReproductionError) {
        namespace = try reader.named("namespace") { (text) throws(NameError) in
            try Namespace(text)
        }
        name = try reader.named("name") { (text) throws(NameError) in try ResourceName(text) }
        version = try reader.text("version")
        bundle = try reader.digest("bundle")
        signature = try reader.optionalBytes("signature")
        blobs = try reader.blobs("blobs")
    }
}

extension Description.Image {
    fileprivate init(_ reader: inout MapReader) throws(ReproductionError) {
        digest = try reader.digest("digest")
        blobs = try reader.blobs("blobs")
    }
}

extension Description.Heritable {
    fileprivate init(_ reader: inout MapReader) throws(ReproductionError) {
        type = try reader.named("type") { (text) throws(NameError) in try TypeName(text) }
        namespace = try reader.named("namespace") { (text) throws(NameError) in
            try Namespace(text)
        }
        name = try reader.named("name") { (text) throws(NameError) in try ResourceName(text) }
        data = try reader.values("data")
        var tags: [(String, String)] = []
        for (key, value) in try reader.values("tags").entries {
            guard let text = value.text else { throw reader.wrong("tags", "must be texts") }
            tags.append((key, text))
        }
        self.tags = SortedMap(tags)
    }
}

extension Description.Parameters {
    fileprivate init(_ reader: inout MapReader) throws(ReproductionError) {
        espBytes = try reader.int("esp")
        rootBytes = try reader.int("root")
        verityBytes = try reader.int("verity")
        dataBytes = try reader.int("data")
        blockBytes = try reader.int("block")
        salt = try reader.bytes("salt")
        seed = try reader.bytes("seed")
        timestamp = try reader.int("timestamp")
    }
}

extension Description.Origin {
    fileprivate init(_ reader: inout MapReader) throws(ReproductionError) {
        self.init(
            try reader.digest("digest"), package: try reader.text("package"),
            version: try reader.text("version"), source: try reader.text("source"),
            license: try reader.text("license"))
    }
}
