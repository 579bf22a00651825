internal import Host
internal import Reproduction
internal import Resources
internal import Trust

/// Builds the image of a disk from a staged folder; no node is asked.
struct ImageBuilding {
    let invocation: Invocation
    let screen: Screen

    func run() throws(ClientError) {
        guard let folder = invocation["to"] else {
            throw .usage("say where to: pisces image build STAGE --to FOLDER")
        }
        let sequence = try sequence
        do throws(ReproductionError) {
            let staged = try StagedSystem(invocation.positionals[0], sequence: sequence)
            let began = LinuxClock().ticks
            let built = try ImageFolder(folder).build(staged.description, blobs: staged.blobs)
            let milliseconds = LinuxClock().ticks.nanoseconds(since: began) / 1_000_000
            screen.write(text(built, staged.description))
            screen.note("built in \(milliseconds) ms")
        } catch {
            throw .broken(
                "cannot \(error.operation) \(error.subject): \(error.cause)\n\(error.remedy)")
        }
    }

    private var sequence: Int64 {
        get throws(ClientError) {
            guard let text = invocation["sequence"] else { return 1 }
            guard let number = Int64(text), number > 0 else {
                throw .usage("--sequence must be a number from 1 on, not \(printable(text))")
            }
            return number
        }
    }

    private func text(_ built: Construction, _ description: Description) -> String {
        var table = Table(["WHAT", "IS"])
        table.add(["generation", built.generation.description])
        table.add(["sequence", "\(description.sequence)"])
        table.add(["files", "\(description.files.count)"])
        table.add(["modules", "\(description.modules.count)"])
        table.add(["root", Rendering.bytes(built.seal.blocks * 4096)])
        table.add(["disk", Rendering.bytes(built.bytes)])
        return table.text
    }
}
