internal import Host
internal import Resources

/// The package managers besides dpkg, pip and npm. One that is not there costs a look at its
/// folder.
struct InstalledPackages {
    private var look: PackageLook?
    private var snaps = SnapReader()

    /// Folders that appear when a manager is installed.
    static let roots: Set<String> = [
        PacmanReader.folder, "\(FlatpakReader.system)/app", "\(FlatpakReader.system)/runtime",
        SnapReader.snaps, PortageReader.folder, PortageReader.world, RPMReader.folder,
        "\(HomebrewReader.shared)/Cellar",
    ]

    /// The folders that are to be watched.
    var folders: Set<String> { Self.roots.union(look?.folders ?? []) }

    /// What could not be read, for a contract.
    var complaint: String { look?.complaint ?? "" }

    /// What they have installed.
    mutating func read(_ kernel: any Kernel) -> [PackageRecord] {
        var files = ConfigReader(kernel)
        var look = PackageLook(kernel, homes: Homes(&files).all, after: look)
        var records = PacmanReader.read(&look)
        records += FlatpakReader.read(&look)
        records += snaps.read(&look)
        records += PortageReader.read(&look)
        records += HomebrewReader.read(&look)
        records += RPMReader.read(&look)
        self.look = look
        return records
    }
}
