internal import Host
internal import Resources

extension DriverError {
    /// An image that is not what it must be.
    static func image(_ subject: String, _ cause: String, _ remedy: String? = nil) -> DriverError {
        DriverError(
            .invalid, operation: "import image", subject: printable(subject), cause: cause,
            remedy: remedy ?? "build or download the image again")
    }

    /// An image beyond a limit.
    static func beyond(_ limit: Limit, _ value: Int, _ subject: String) -> DriverError {
        DriverError(
            .exhausted, operation: "import image", subject: printable(subject),
            cause: "\(limit.name): more than \(value) \(limit.unit)",
            remedy: "build a smaller image, or raise the limit")
    }
}
