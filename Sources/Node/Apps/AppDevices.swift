public import Drivers
public import Host
internal import Resources
public import Trust

/// What this machine runs applications with, beside the process driver.
public struct AppDevices: Sendable {
    /// Where images are kept; nil without a container runtime.
    public var images: ImageStore?
    /// What keeps volumes; nil where it could not be made.
    public var volumes: VolumeDriver?
    /// The machine's keys, which open what is sealed to it.
    public var key: MachineKey
    /// The address of the name server that tasks ask; nil: the machine's own.
    public var resolver: String?
    /// Where tasks are to listen, which `HOST` tells them: on the loopback of a machine alone, on
    /// all addresses of one that others balance to.
    public var listen = "127.0.0.1"
    /// What brings the folders of installed bundles here; nil where there is no fleet.
    public var bundles: BundleCourier?
    /// What brings images here that other machines have; nil where there is no fleet.
    public var blobs: ImageCourier?
    /// What keeps the output of tasks.
    public var processes: LinuxProcesses?
    /// Where tasks of device `host` get their files.
    private let state: String

    /// The devices of the state directory `state`.
    public init(
        images: ImageStore? = nil, volumes: VolumeDriver? = nil, key: MachineKey, state: String
    ) {
        self.images = images
        self.volumes = volumes
        self.key = key
        self.state = state
    }

    /// The folder of a host task's configs and secrets.
    func filesFolder(of task: Identifier) -> String { "\(state)/files/\(task)" }
}
