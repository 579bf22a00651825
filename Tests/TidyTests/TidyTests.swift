import Testing

/// What the house style asks of every line, checked (design/07: style that is not checked is not
/// style).
@Suite struct TidyTests {
    /// Which of our targets each target may import (design/00, RFD 0001 for Node).
    static let mayImport: [String: Set<String>] = [
        "Resources": [],
        "Cypher": ["Resources"],
        "Bolt": ["Resources", "Cypher"],
        "Boot": ["CBoot"],
        "womb": ["Boot"],
        "Host": ["Resources", "CHost", "CBoot"],
        "Trust": ["Resources"],
        "Log": ["Resources", "Host", "CHost"],
        "MMSGraph": ["Resources", "Cypher"],
        "ZeroProcs": ["Resources", "MMSGraph"],
        "Bus": ["Resources", "Host", "Trust", "Log"],
        "MMSAgent": ["Resources", "Host"],
        "Drivers": ["Resources", "Host", "Trust"],
        "Reproduction": ["Resources", "Host", "Trust", "Log", "MMSGraph"],
        "Node": [
            "Resources", "Host", "Trust", "Log", "MMSGraph", "ZeroProcs", "Bus", "MMSAgent",
            "Drivers",
        ],
        "MMSConsole": [
            "Resources", "Host", "Trust", "Log", "Cypher", "Bolt", "MMSGraph", "ZeroProcs",
            "Bus", "MMSAgent", "Drivers", "Reproduction", "Node",
        ],
        "pisces": ["Resources", "Host", "Trust", "Reproduction", "Node", "MMSConsole"],
    ]

    /// Where a mark that switches a check off is allowed, and how often.
    static let unchecked = [
        "Sources/Host/Linux/Store/RocksStore+Handle.swift": 1,
        "Sources/Host/Linux/Store/RocksStore+Snapshot.swift": 1,
    ]

    @Test func importsOnlyGoDownTheRooms() throws {
        let ours = Set(Self.mayImport.keys).union(["CHost", "CBoot"])
        for file in try SourceFile.all(under: "Sources") {
            let allowed = try #require(Self.mayImport[file.target], "no row for \(file.target)")
            for module in file.imports where ours.contains(module) {
                #expect(allowed.contains(module), "\(file.path) imports \(module)")
            }
        }
    }

    @Test func nobodyImportsFullFoundation() throws {
        for file in try SourceFile.all(under: "Sources") {
            #expect(!file.imports.contains("Foundation"), "\(file.path)")
        }
    }

    /// One such import in a room keeps the compiler from specialising, in other rooms, all of its
    /// generic code that names the imported one: of 175 functions of the graph over RocksDB, 172.
    @Test func noRoomIsImportedForThePackageOnly() throws {
        for file in try SourceFile.all(under: "Sources") {
            for (number, line) in file.code {
                #expect(!line.hasPrefix("package import"), "\(file.path):\(number): \(line)")
            }
        }
    }

    @Test func filesHaveAtMost500Lines() throws {
        for file in try SourceFile.all(under: "Sources", "Tests") where !file.isTable {
            #expect(file.lines.count <= 500, "\(file.path) has \(file.lines.count) lines")
        }
    }

    @Test func functionsHaveAtMost70Lines() throws {
        for file in try SourceFile.all(under: "Sources") where !file.isTable {
            for function in file.functions {
                #expect(
                    function.length <= 70,
                    "\(file.path):\(function.line) has a function of \(function.length) lines")
            }
        }
    }

    @Test func foldersHaveAtMost14Files() throws {
        let files = try SourceFile.all(under: "Sources")
        for (folder, inside) in Dictionary(grouping: files, by: \.folder) {
            #expect(inside.count <= 14, "\(folder) has \(inside.count) files; make rooms")
        }
    }

    @Test(arguments: [
        "try!", "as!", "fatalError(", "TODO", "FIXME", "XXX", "NSLock", "print(\"",
    ]) func bannedWordsAreNotUsed(word: String) throws {
        for file in try SourceFile.all(under: "Sources") where !file.isTable {
            for (number, line) in file.code where line.contains(word) {
                Issue.record("\(file.path):\(number): \(word)")
            }
        }
    }

    @Test func noTaskIsLoose() throws {
        for file in try SourceFile.all(under: "Sources") {
            for (number, line) in file.code {
                let text = line.drop { $0 == " " }
                let loose = text.hasPrefix("Task {") || text.contains("= Task {")
                #expect(!loose, "\(file.path):\(number)")
            }
        }
    }

    @Test(arguments: ["Manager", "Helper", "Utils", "Utility"])
    func typesAreNamedForWhatTheyAre(word: String) throws {
        for file in try SourceFile.all(under: "Sources") {
            for (number, line) in file.code
            where line.contains("struct ") || line.contains("class ") || line.contains("enum ") {
                #expect(!line.contains(word), "\(file.path):\(number): \(line)")
            }
        }
    }

    @Test func uncheckedConcurrencyIsListedAndExplained() throws {
        let marks = ["@unchecked Sendable", "nonisolated(unsafe)", "@preconcurrency"]
        var found: [String: Int] = [:]
        for file in try SourceFile.all(under: "Sources") {
            for (number, line) in file.code where marks.contains(where: line.contains) {
                found[file.path, default: 0] += 1
                let above = file.lines[max(0, number - 6)..<number - 1]
                #expect(
                    above.contains { $0.contains("// SAFETY:") },
                    "\(file.path):\(number) has no // SAFETY: line above it")
            }
        }
        #expect(found == Self.unchecked)
    }

    @Test func clocksAndEntropyComeFromHost() throws {
        let sources = ["SystemRandomNumberGenerator", "clock_gettime", "UUID(", " Date("]
        for file in try SourceFile.all(under: "Sources")
        where file.target != "Host" && !file.isTable {
            for (number, line) in file.code where sources.contains(where: line.contains) {
                Issue.record("\(file.path):\(number): \(line)")
            }
        }
    }

    @Test func testsDoNotSleepAndHaveNoTimeLimit() throws {
        for file in try SourceFile.all(under: "Tests") where file.target != "TidyTests" {
            for (number, line) in file.code where line.contains("Task.sleep(") {
                Issue.record("\(file.path):\(number): wait for a condition instead")
            }
        }
    }
}
