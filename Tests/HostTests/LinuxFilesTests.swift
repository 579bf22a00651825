import Dispatch
import FoundationEssentials
import Host
import Synchronization
import Testing

@Suite struct LinuxFilesTests {
    /// Two lives of a node may write the same end of the same process at the same moment.
    @Test func writersOfOneFileNeverCutEachOther() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/pisces-files-\(UUID())"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (files, path) = (LinuxFiles(), folder + "/ended")
        let wanted = Array("code 0 1234567890123\n".utf8)
        try files.replace(path, with: wanted)
        let wrong = Mutex<[String]>([])
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            for _ in 0..<50 {
                do {
                    try files.replace(path, with: wanted)
                    let found = try files.text(path) ?? "nothing"
                    if Array(found.utf8) != wanted { wrong.withLock { $0.append(found) } }
                } catch {
                    wrong.withLock { $0.append("\(error)") }
                }
            }
        }
        #expect(wrong.withLock { $0 } == [])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["ended"])
    }
}
