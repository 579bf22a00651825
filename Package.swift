// swift-tools-version: 6.2
import PackageDescription

/// The strict settings of every room (design/07, rule 11).
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")

let package = Package(
    name: "pisces",
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    ],
    targets: [
        .target(name: "Resources", swiftSettings: strict),
        .target(
            name: "CHost",
            linkerSettings: [.linkedLibrary("rocksdb"), .linkedLibrary("yaml")]
        ),
        .target(name: "Host", dependencies: ["Resources", "CHost"], swiftSettings: strict),
        .target(name: "MMSGraph", dependencies: ["Resources", crypto], swiftSettings: strict),
        .target(
            name: "ZeroProcs", dependencies: ["Resources", "MMSGraph", crypto], swiftSettings: strict),
        .target(name: "Drivers", dependencies: ["Resources", "Host"], swiftSettings: strict),
        .target(name: "MMSAgent", dependencies: ["Resources", "Host"], swiftSettings: strict),
        .target(
            name: "Node",
            dependencies: [
                "Resources", "Host", "Log", "MMSGraph", "ZeroProcs", "MMSAgent", "Drivers",
            ], swiftSettings: strict),
        .target(
            name: "MMSConsole",
            dependencies: [
                "Resources", "Host", "Log", "MMSGraph", "ZeroProcs", "MMSAgent", "Drivers", "Node",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ], exclude: ["Pages/web"], swiftSettings: strict),
        .executableTarget(
            name: "pisces", dependencies: ["Resources", "Host", "Node", "MMSConsole"],
            swiftSettings: strict),
        .executableTarget(
            name: "ProcessRig", dependencies: ["Resources", "Host", "Drivers"],
            path: "Tests/RigTests/ProcessHelper", swiftSettings: strict),
        .testTarget(
            name: "DriversTests", dependencies: ["Resources", "Host", "Drivers"],
            swiftSettings: strict),
        .testTarget(
            name: "ProcessRigTests", dependencies: ["Resources", "Host", "Drivers", "ProcessRig"],
            path: "Tests/RigTests/Process", swiftSettings: strict),
        .testTarget(
            name: "NodeTests",
            dependencies: ["Resources", "Host", "Log", "MMSGraph", "ZeroProcs", "Node"],
            swiftSettings: strict),
        .testTarget(
            name: "ZeroProcsTests", dependencies: ["Resources", "Host", "MMSGraph", "ZeroProcs"],
            swiftSettings: strict),
        .testTarget(name: "TidyTests", swiftSettings: strict),
        .target(name: "Log", dependencies: ["Resources", "Host", crypto], swiftSettings: strict),
        .testTarget(
            name: "LogTests", dependencies: ["Resources", "Host", "Log"], swiftSettings: strict),
        .testTarget(name: "HostTests", dependencies: ["Resources", "Host"], swiftSettings: strict),
        .testTarget(name: "ResourcesTests", dependencies: ["Resources"], swiftSettings: strict),
        .testTarget(
            name: "MMSGraphTests", dependencies: ["MMSGraph", "Host", "Resources"],
            swiftSettings: strict),
    ]
)
