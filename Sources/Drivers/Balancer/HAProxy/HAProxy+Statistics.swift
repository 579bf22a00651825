internal import Host
public import Resources

extension HAProxy {
    /// What its services did since its worker started, by name; empty while none answers. Blocks at
    /// most half a second.
    public func statistics() -> SortedMap<ServiceStatistics> {
        do throws(StreamSocket.Failure) {
            let socket = try StreamSocket(.unix(path: folder + "/stats.sock"))
            socket.limit(milliseconds: 500)
            try socket.write(Array("show stat\n".utf8))
            var answer: [UInt8] = []
            while answer.count < 1 << 22 {
                let more = try socket.read(65_536)
                if more.isEmpty { break }
                answer += more
            }
            return Self.statistics(String(decoding: answer, as: UTF8.self))
        } catch { return [:] }
    }

    /// Reads the answer to `show stat` (Management Guide 2.6, 9.1): comma-separated, a line of names
    /// first, then one for each frontend, backend and server.
    static func statistics(_ text: String) -> SortedMap<ServiceStatistics> {
        var lines = text.split(whereSeparator: \.isNewline)
        guard let head = lines.first, head.hasPrefix("# pxname,svname,") else { return [:] }
        lines.removeFirst()
        let names = head.dropFirst(2).split(separator: ",", omittingEmptySubsequences: false)
        let places = Dictionary(
            zip(names.map(String.init), names.indices), uniquingKeysWith: { first, _ in first })
        var services: SortedMap<ServiceStatistics> = [:]
        for line in lines {
            let cells = line.split(separator: ",", omittingEmptySubsequences: false)
            func cell(_ name: String) -> Substring {
                places[name].flatMap { $0 < cells.count ? cells[$0] : nil } ?? ""
            }
            let row = Row(number: { UInt64(cell($0)) ?? 0 })
            let (service, server) = (String(cell("pxname")), String(cell("svname")))
            var known =
                services[service]
                ?? ServiceStatistics(counts: BalancerCounts(), backends: [:])
            switch server {
            case "FRONTEND":
                let retries = known.counts.retries
                known.counts = row.counts(connections: "conn_tot")
                known.counts.retries = retries
            case "BACKEND": known.counts.retries = row.retries
            default: known.backends[server] = row.counts(connections: "connect")
            }
            services[service] = known
        }
        return services
    }

    /// One line of the answer.
    private struct Row {
        let number: (String) -> UInt64

        var retries: UInt64 { number("wretr") + number("wredis") }

        func counts(connections: String) -> BalancerCounts {
            var counts = BalancerCounts()
            // Of TCP there are sessions and no requests.
            counts.requests = max(number("req_tot"), number("stot"))
            counts.connections = max(number(connections), number("scur"))
            counts.active = Int(clamping: number("scur"))
            (counts.bytesIn, counts.bytesOut) = (number("bin"), number("bout"))
            counts.retries = retries
            counts.answers =
                [number("hrsp_other")] + (1...5).map { number("hrsp_\($0)xx") }
            return counts
        }
    }
}
