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

/// `make static` sets this: every library then comes from Debian's archives into one program.
let isStatic = Context.environment["PISCES_STATIC"] == "1"

/// RocksDB's archive and those it needs refer to each other, hence one group for the linker.
let archives = [
    "rocksdb", "yaml", "snappy", "lz4", "zstd", "bz2", "z", "stdc++", "m",
].map { "-l\($0)" }
let libraries: [LinkerSetting] =
    isStatic
    ? [.unsafeFlags(["-Xlinker", "--start-group"] + archives + ["-Xlinker", "--end-group"])]
    : ["rocksdb", "yaml", "z", "zstd"].map { .linkedLibrary($0) }

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let net = [
    Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client"),
    .product(name: "NIOSSL", package: "swift-nio-ssl"),
]
let nio = ["NIOCore", "NIOPosix", "NIOHTTP1"].map { name in
    Target.Dependency.product(name: name, package: "swift-nio")
}

/// A room of the product, listed below in the order of the import directions.
func room(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

/// Tests of a room, or a rig on the real kernel at its own path.
func tests(_ name: String, _ dependencies: [Target.Dependency], path: String? = nil) -> Target {
    .testTarget(name: name, dependencies: dependencies, path: path, swiftSettings: strict)
}

/// A program that a rig runs.
func rig(_ name: String, _ dependencies: [Target.Dependency], path: String) -> Target {
    .executableTarget(name: name, dependencies: dependencies, path: path, swiftSettings: strict)
}

let package = Package(
    name: "pisces",
    // What `Benchmarks` measures and `Fuzz` tries in process.
    products: [
        "Resources", "Host", "Trust", "Log", "MMSGraph", "ZeroProcs", "Drivers", "Reproduction",
        "Node", "MMSConsole",
    ].map { name in .library(name: name, targets: [name]) },
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    ],
    targets: [
        room("Resources", []),
        room("Cypher", ["Resources"]),
        room("Bolt", ["Resources", "Cypher"] + nio),
        .target(name: "CHost", linkerSettings: libraries),
        room("Host", ["Resources", "CHost"]),
        room("Trust", ["Resources", crypto]),
        room("Log", ["Resources", "Host", crypto]),
        room("MMSGraph", ["Resources", "Cypher", crypto]),
        room("ZeroProcs", ["Resources", "MMSGraph", crypto]),
        room("Bus", ["Resources", "Host", "Trust", "Log"] + net + nio),
        room("MMSAgent", ["Resources", "Host"]),
        room("Drivers", ["Resources", "Host", "Trust", crypto]),
        room("Reproduction", ["Resources", "Host", "Trust", "Log", "MMSGraph", crypto]),
        room(
            "Node",
            [
                "Resources", "Host", "Trust", "Log", "MMSGraph", "ZeroProcs", "Bus", "MMSAgent",
                "Drivers",
            ]),
        room(
            "MMSConsole",
            [
                "Resources", "Host", "Trust", "Log", "Cypher", "Bolt", "MMSGraph", "ZeroProcs",
                "MMSAgent", "Drivers", "Reproduction", "Node",
            ] + nio, exclude: ["Pages/web"]),
        .executableTarget(
            name: "pisces", dependencies: ["Resources", "Host", "Node", "MMSConsole"],
            swiftSettings: strict),

        tests("ResourcesTests", ["Resources"]),
        tests("CypherTests", ["Resources", "Cypher"]),
        tests("BoltTests", ["Resources", "Cypher", "Bolt"] + nio),
        tests("HostTests", ["Resources", "Host"]),
        tests("TrustTests", ["Resources", "Trust"]),
        tests("LogTests", ["Resources", "Host", "Log"]),
        tests("MMSGraphTests", ["Resources", "Host", "Cypher", "MMSGraph"]),
        tests("ZeroProcsTests", ["Resources", "Host", "MMSGraph", "ZeroProcs"]),
        tests("MMSAgentTests", ["Resources", "Host", "MMSAgent"]),
        tests("DriversTests", ["Resources", "Host", "Trust", "Drivers"]),
        tests("BusTests", ["Resources", "Host", "Trust", "Log", "Bus"]),
        tests(
            "ReproductionTests",
            ["Resources", "Host", "Trust", "Log", "MMSGraph", "Reproduction"]),
        tests("NodeTests", ["Resources", "Host", "Trust", "Log", "MMSGraph", "ZeroProcs", "Node"]),
        tests("MMSConsoleTests", ["Resources", "MMSConsole"]),
        tests(
            "FuzzTests",
            [
                "Resources", "Host", "Trust", "Log", "MMSGraph", "Drivers", "Reproduction",
                "MMSConsole",
            ]),
        tests("TidyTests", []),

        rig(
            "ProcessRig", ["Resources", "Host", "Drivers"], path: "Tests/RigTests/ProcessHelper"),
        tests(
            "ProcessRigTests", ["Resources", "Host", "Drivers", "ProcessRig"],
            path: "Tests/RigTests/Process"),
        // Measures the builtin balancer alone (`Scripts/bench --only balance`).
        rig(
            "BalanceRig", ["Resources", "Host", "Drivers"], path: "Tests/RigTests/BalanceHelper"),
        rig("VolumeRig", ["Resources", "Host", "Drivers"], path: "Tests/RigTests/VolumesHelper"),
        tests(
            "VolumeRigTests", ["Resources", "Host", "Drivers", "VolumeRig"],
            path: "Tests/RigTests/Volumes"),
        rig("NamesRig", ["Resources", "Host", "Drivers"], path: "Tests/RigTests/NamesHelper"),
        tests(
            "NamesRigTests", ["Resources", "Host", "Drivers", "NamesRig"],
            path: "Tests/RigTests/Names"),
        rig(
            "BoltRig", ["Resources", "Host", "Cypher", "Bolt"], path: "Tests/RigTests/Bolt"),
        // Measures the query language in process (`Scripts/bench --only query`).
        rig(
            "QueryBench", ["Resources", "Host", "Cypher", "MMSGraph"],
            path: "Benchmarks/Sources/query"),
        // Measures how fast tasks find a place.
        rig(
            "PlacingBench", ["Resources", "Host", "MMSGraph", "ZeroProcs"],
            path: "Benchmarks/Sources/placing"),
        rig("AgentRig", ["Resources", "Host", "MMSAgent"], path: "Tests/RigTests/AgentMeasure"),
        tests(
            "AgentRigTests", ["Resources", "CHost", "Host", "MMSAgent"],
            path: "Tests/RigTests/Agent"),
    ]
)
