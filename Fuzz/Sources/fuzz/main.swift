internal import CFuzzer
internal import Glibc

// Runs libFuzzer under the target that `PISCES_FUZZ` names, with the arguments of this process.

var count = CommandLine.argc
var arguments = unsafe CommandLine.unsafeArgv

let code = unsafe withUnsafeMutablePointer(to: &arguments) { arguments in
    // Imported without nullability, the vector has the layout that C wants.
    unsafe arguments.withMemoryRebound(
        to: Optional<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>.self, capacity: 1
    ) { arguments in
        unsafe LLVMFuzzerRunDriver(&count, arguments) { start, size in
            let input = unsafe Array(UnsafeBufferPointer(start: start, count: size))
            guard let name = unsafe getenv("PISCES_FUZZ"),
                let target = unsafe FuzzTarget.named(String(cString: name))
            else { preconditionFailure("PISCES_FUZZ names no target") }
            if let broken = target.broken(input) {
                preconditionFailure("\(target.name) \(broken)")
            }
            return 0
        }
    }
}
exit(code)
