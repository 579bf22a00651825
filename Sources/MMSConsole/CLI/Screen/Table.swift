/// Text in columns, cut to nothing: the terminal wraps, pipes see all.
struct Table {
    private let header: [String]
    private var rows: [[String]] = []

    init(_ header: [String]) { self.header = header }

    mutating func add(_ row: [String]) { rows.append(row) }

    /// The lines, header first; columns are two spaces apart.
    var text: String {
        var widths = header.map(\.count)
        for row in rows {
            for (index, cell) in row.enumerated() where index < widths.count {
                widths[index] = max(widths[index], min(cell.count, 60))
            }
        }
        return ([header] + rows).map { line($0, widths) + "\n" }.joined()
    }

    private func line(_ row: [String], _ widths: [Int]) -> String {
        var text = ""
        for (index, cell) in row.enumerated() {
            text += cell
            guard index < row.count - 1 else { break }
            text += String(repeating: " ", count: max(0, widths[index] - cell.count) + 2)
        }
        return text
    }
}
