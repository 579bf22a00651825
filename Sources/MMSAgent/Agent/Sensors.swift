internal import Host
internal import Resources

/// The sensors of a machine, by the thread that runs them.
public enum Sensors {
    /// Those that follow single events and must be quick, those that read something whole, and
    /// files, of which a storm must not hold up the others.
    public static func groups(machine: String) -> [[SensorMaker]] {
        [
            [
                { ProcessSensor(LinuxKernel()) }, { NetworkSensor(LinuxKernel()) },
                { MachineSensor(LinuxKernel(), name: machine) },
            ],
            levels.map { make in { LevelSensor(make(), on: LinuxKernel()) } },
            [{ FileSensor(LinuxKernel()) }],
        ]
    }

    /// The sources that are read whole, in the order of their first reading.
    static let levels: [@Sendable () -> any LevelSource] = [
        { MountSource() },
        { UserSource() }, { SudoSource() }, { KeySource() }, { LoginSource() }, { CronSource() },
        { NameSource() }, { SettingSource() }, { SSHOptionSource() }, { ClockSource() },
        { CertificateSource() }, { SetUserSource() }, { ExtensionSource() },
        { SocketSource() }, { OpenFileSource() }, { NeighbourSource() }, { FirewallSource() },
        { IPv6SettingSource() },
        { BlockSource() },
        { DeviceSource() },
        { CPUSource() },
        { FirmwareSource() },
        { KernelSource() },
        { ModuleSource() },
        { SysctlSource() },
        { KernelKeySource() },
        { SwapSource() },
        { KernelLogSource() },
        { AuditSource() },
        { CgroupSource() },
        { NamespaceSource() },
        { ContainerSource() },
        { ServiceSource() },
        { AutostartSource() },
        { PackageSource() },
        { AptSource() },
        { YumSource() }, { PackageRuleSource() }, { JavaSource() },
    ]
}
