// swift-tools-version: 6.2
import PackageDescription

// The fuzzer: libFuzzer under the readers of bytes from outside. A package of its own, because all
// of it is compiled with `-sanitize=fuzzer` (Scripts/fuzz). What it checks stands in
// Tests/FuzzTests/Targets, which `make test` runs over the corpus and seeded mutations of it.

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

let rooms = [
    "Resources", "Host", "Trust", "Log", "Cypher", "Bolt", "MMSGraph", "Bus", "Drivers",
    "Reproduction", "MMSConsole",
]

let package = Package(
    name: "pisces-fuzz",
    dependencies: [
        .package(name: "pisces", path: ".."),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    ],
    targets: [
        .target(name: "CFuzzer"),
        .executableTarget(
            name: "fuzz",
            dependencies: ["CFuzzer", .product(name: "NIOCore", package: "swift-nio")]
                + rooms.map { .product(name: $0, package: "pisces") },
            swiftSettings: strict),
    ]
)
