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
    .product(name: "NIOTLS", package: "swift-nio"),
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
        "Resources", "Host", "Trust", "Log", "Cypher", "Bolt", "MMSGraph", "ZeroProcs", "Bus",
        "Drivers", "Reproduction", "Node", "MMSConsole",
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
        .target(name: "CBoot"),
        room("Boot", ["CBoot"]),
        // The small first program of an image (RFD 0015).
        .executableTarget(name: "womb", dependencies: ["Boot"], swiftSettings: strict),
        room("Host", ["Resources", "CHost", "CBoot"]),
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
                "MMSAgent", "Drivers", "Reproduction", "Node", net[0],
            ] + nio, exclude: ["Pages/web"]),
        .executableTarget(
            name: "pisces",
            dependencies: [
                "Resources", "Host", "Trust", "Reproduction", "Node", "MMSConsole",
            ],
            swiftSettings: strict),

        tests("ResourcesTests", ["Resources"]),
        tests("CypherTests", ["Resources", "Cypher"]),
        tests("BoltTests", ["Resources", "Cypher", "Bolt"] + nio),
        tests("BootTests", ["Boot"]),
        tests("HostTests", ["Resources", "Host"]),
        tests("TrustTests", ["Resources", "Trust"]),
        // What every loglet must do, for the tests of the rooms that have one.
        .target(
            name: "LogSuite", dependencies: ["Resources", "Host", "Log"], path: "Tests/LogSuite",
            swiftSettings: strict),
        tests("LogTests", ["Resources", "Host", "Log", "LogSuite"]),
        tests("MMSGraphTests", ["Resources", "Host", "Cypher", "MMSGraph"]),
        tests("ZeroProcsTests", ["Resources", "Host", "MMSGraph", "ZeroProcs"]),
        tests("MMSAgentTests", ["Resources", "Host", "MMSAgent"]),
        tests("DriversTests", ["Resources", "Host", "Trust", "Drivers"]),
        tests("BusTests", ["Resources", "Host", "Trust", "Log", "LogSuite", "Bus"] + net + nio),
        tests(
            "ReproductionTests",
            ["Resources", "Host", "Trust", "Log", "MMSGraph", "Reproduction", "ConstructRig"]),
        tests(
            "NodeTests",
            [
                "Resources", "Host", "Trust", "Log", "Cypher", "MMSGraph", "ZeroProcs", "Bus",
                "Drivers", "Node",
            ]),
        tests("MMSConsoleTests", ["Resources", "MMSConsole"]),
        tests(
            "FuzzTests",
            [
                "Resources", "Host", "Trust", "Log", "Cypher", "Bolt", "MMSGraph", "Bus", "Drivers",
                "Reproduction", "MMSConsole",
            ] + nio),
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
        // Real members of etcd, kept by the plan of the fleet.
        tests(
            "MemberRigTests", ["Resources", "Host", "Trust", "Log", "Bus", "ZeroProcs"],
            path: "Tests/RigTests/Members"),
        // What `Tests/Rigs/fleetauthority.sh` steals with.
        rig(
            "ThiefRig", ["Resources", "Host", "Trust"], path: "Tests/RigTests/MembersThief"),
        rig("NamesRig", ["Resources", "Host", "Drivers"], path: "Tests/RigTests/NamesHelper"),
        tests(
            "NamesRigTests", ["Resources", "Host", "Drivers", "NamesRig"],
            path: "Tests/RigTests/Names"),
        // Measures the constructor alone (`ReproductionTests`, Docs/Formats/image.md).
        rig(
            "ConstructRig", ["Resources", "Host", "Trust", "Reproduction"],
            path: "Tests/RigTests/Construct"),
        rig(
            "BoltRig", ["Resources", "Host", "Cypher", "Bolt"], path: "Tests/RigTests/Bolt"),
        // Measures the query language in process (`Scripts/bench --only query`).
        rig(
            "QueryBench", ["Resources", "Host", "Cypher", "MMSGraph"],
            path: "Benchmarks/Sources/query"),
        // Measures the shared log (`Scripts/bench --only replicated`).
        rig(
            "ReplicatedBench", ["Resources", "Host", "Log", "Bus"],
            path: "Benchmarks/Sources/replicated"),
        // Measures how fast tasks find a place.
        rig(
            "PlacingBench", ["Resources", "Host", "MMSGraph", "ZeroProcs"],
            path: "Benchmarks/Sources/placing"),
        // Measures what a command costs as machines become many (Docs/scale.md).
        rig(
            "ScaleBench", ["Resources", "Host", "Log", "MMSGraph", "ZeroProcs", "Node"],
            path: "Benchmarks/Sources/scale"),
        rig("AgentRig", ["Resources", "Host", "MMSAgent"], path: "Tests/RigTests/AgentMeasure"),
        tests(
            "AgentRigTests", ["Resources", "CHost", "Host", "MMSAgent"],
            path: "Tests/RigTests/Agent"),
    ]
)
