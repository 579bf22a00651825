internal import Drivers
internal import Host
internal import Resources

// A life of Pisces for the kill rig: goes through all operations on its volumes, over and over,
// until it is killed. Arguments: the rig's folder, the rounds, the first position. Before each
// attach it writes the position it is about to ask for, so that the rig knows the least fence.

enum RigError: Error { case usage, lost(String) }

let arguments = CommandLine.arguments
guard arguments.count == 4, let rounds = UInt64(arguments[2]),
    let first = UInt64(arguments[3])
else {
    print("usage: VolumeRig <folder> <rounds> <first position>")
    throw RigError.usage
}
let files = LinuxFiles()
let processes = try LinuxProcesses(ledger: arguments[1] + "/instances")
let driver = try VolumeDriver(state: arguments[1], processes: processes)
try driver.recover()
let now = LinuxClock().now

func turn(_ device: VolumeDevice, _ number: UInt64, at position: Position) throws {
    let id = Identifier(high: 1, low: number)
    let task = Identifier(high: 9, low: number)
    let copy = Identifier(high: 2, low: number)
    let request = VolumeRequest(
        id: id, name: "data-\(number)", device: device, size: 8 << 20)
    _ = try driver.create(request, now: now)
    let path = try driver.attach(id, to: task, named: "web", at: position, now: now)
    // Only what the record says can be attached a second time: written after the grant.
    try files.replace("\(arguments[1])/granted-\(number)", with: Array("\(position)".utf8))
    let kept = path + "/kept"
    if let text = try files.text(kept), UInt64(text) == nil { throw RigError.lost(text) }
    try files.replace(kept, with: Array("\(position)".utf8))
    _ = try driver.detach(id, from: task)
    _ = try driver.grow(id, to: (8 << 20) + Int64(position.rawValue) * 4096)
    _ = try driver.attach(id, to: task, named: "web", at: position, now: now)
    _ = try driver.snapshot(id, as: "s", quiesced: true, now: now)
    let origin = VolumeOrigin(volume: id, snapshot: "s")
    _ = try driver.clone(origin, as: copy, named: "copy", now: now)
    _ = try driver.attach(copy, to: task, named: "web", at: position, now: now)
    _ = try driver.detach(copy, from: task)
    _ = try driver.delete(copy)
    _ = try driver.deleteSnapshot("s", of: id)
    _ = try driver.detach(id, from: task)
}

for round in 0..<rounds {
    for (number, device) in [VolumeDevice.directory, .loop].enumerated() {
        try turn(device, UInt64(number), at: Position(first + round))
    }
}
print("done")
