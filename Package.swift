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
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2")
    ],
    targets: [
        .target(name: "Resources", swiftSettings: strict),
        .target(
            name: "CHost",
            linkerSettings: [.linkedLibrary("rocksdb"), .linkedLibrary("yaml")]
        ),
        .target(name: "Host", dependencies: ["Resources", "CHost"], swiftSettings: strict),
        .target(name: "MMSGraph", dependencies: ["Resources", crypto], swiftSettings: strict),
        .target(name: "MMSAgent", dependencies: ["Resources", "Host"], swiftSettings: strict),
        .target(name: "Drivers", dependencies: ["Resources", "Host"], swiftSettings: strict),
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
            name: "MMSAgentTests", dependencies: ["Resources", "Host", "MMSAgent"],
            swiftSettings: strict),
        .executableTarget(
            name: "AgentRig", dependencies: ["Resources", "Host", "MMSAgent"],
            path: "Tests/RigTests/AgentMeasure", swiftSettings: strict),
        .testTarget(
            name: "AgentRigTests", dependencies: ["Resources", "CHost", "Host", "MMSAgent"],
            path: "Tests/RigTests/Agent", swiftSettings: strict),
        .testTarget(name: "ResourcesTests", dependencies: ["Resources"], swiftSettings: strict),
        .testTarget(
            name: "MMSGraphTests", dependencies: ["MMSGraph", "Host", "Resources"],
            swiftSettings: strict),
    ]
)
