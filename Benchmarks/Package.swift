// swift-tools-version: 6.2
import PackageDescription

// The benchmark in process: a package of its own, so that nobody who builds Pisces builds it.

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

let rooms = ["Resources", "Host", "Log", "MMSGraph", "ZeroProcs", "Node"]

let package = Package(
    name: "pisces-benchmarks",
    dependencies: [.package(name: "pisces", path: "..")],
    targets: [
        .executableTarget(
            name: "bench", dependencies: rooms.map { .product(name: $0, package: "pisces") },
            swiftSettings: strict)
    ]
)
