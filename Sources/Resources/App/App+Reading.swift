extension App {
    /// The app a resource of type `app` describes.
    public init(name: String, data: ValueMap) throws(AppError) {
        var map = data
        map["app"] = .text(name)
        for key in ["bundle", "digest"] { map[key] = nil }
        self = try AppReader(wantsUnits: false).app(.map(map))
        bundle = data["bundle"]?.bytes
        digest = data["digest"]?.bytes
    }

    /// The app that a document of an app file describes, its bases merged; paths as written.
    public init(file value: Value) throws(AppError) {
        self = try AppReader(wantsUnits: true).app(value)
    }
}

extension App.Component {
    /// The component whose resource, or group of replicas, has this `spec`.
    public init(name: String, spec: ValueMap) throws(AppError) {
        var map = spec
        map["shared"] = nil
        self = try AppReader(wantsUnits: false).component(name, spec: map)
        shared = spec["shared"]?.list?.compactMap(\.text) ?? []
    }
}
