internal import Host
internal import Resources

/// The chain register of a log on one machine: a file that is replaced whole. The directory's
/// lock makes this process the only one that changes it.
struct FileChainRegister<D: Disk>: ChainRegister {
    let disk: D
    let directory: String

    var path: String { directory + "/chain" }

    /// The chain; nil before the first one is set.
    func read() throws(LogError) -> Chain? {
        let bytes: [UInt8]
        do throws(DiskError) {
            bytes = try disk.contents(path, limit: Chain.bytesMost)
        } catch  where error.errno == DiskError.notFound {
            return nil
        } catch {
            throw .disk(error)
        }
        return try Chain.decode(bytes, from: path)
    }

    /// Sets the chain if the register still has version `expected` (0: has none).
    func compareAndSet(expected: UInt64, _ chain: Chain) throws(LogError) {
        let found = try read()?.version ?? 0
        guard found == expected, chain.version > expected else {
            throw .chainChanged(expected: expected, found: found)
        }
        do {
            try disk.replace("chain", in: directory, with: chain.encode())
        } catch {
            throw .disk(error)
        }
    }
}
