import Resources
import Testing
import Trust

@testable import Reproduction

@Suite struct DescriptionRulesTests {
    private typealias File = Description.File

    private func refusal(
        files: [Description.File] = Sample.files, boot: Description.Boot? = Sample.boot,
        modules: [Description.Module] = [], apps: [Description.App] = [],
        images: [Description.Image] = [], resources: [Description.Heritable] = [],
        parameters: Description.Parameters = .init(), provenance: [Description.Origin] = [],
        sequence: Int64 = 1
    ) -> ReproductionError? {
        Sample.refusal {
            _ = try Description(
                sequence: sequence, architecture: .x86_64, files: files, boot: boot,
                modules: modules, apps: apps, images: images, resources: resources,
                parameters: parameters, provenance: provenance)
        }
    }

    @Test(arguments: [
        "", "/", "/etc", "etc/", "a//b", ".", "..", "../etc", "pisces/../etc", "pisces/./bin",
        "pisces/bin/a\u{0}b", "pisces/bin/a\nb", "absent/file",
        "pisces/bin/hello/inside", "pisces/latest/through",
        "pisces/" + String(repeating: "x", count: 256),
    ]) func pathsThatLeadElsewhereAreRefused(path: String) {
        let file = File(path, mode: 0o644, .file(Sample.hello))
        #expect(refusal(files: Sample.files + [file])?.kind == .badForm)
        #expect(refusal(files: Sample.files + [File(path, mode: 0o755, .directory)]) != nil)
    }

    @Test func aPathLongerThanTheKernelTakesIsRefused() {
        let long = Array(repeating: "abcdefg", count: 600).joined(separator: "/")
        #expect(throws: ReproductionError.self) { try DescribedPaths.check(long) }
    }

    @Test func aPathIsThereOnce() {
        let twice = Sample.files + [File("pisces/bin", mode: 0o755, .directory)]
        #expect(refusal(files: twice)?.cause.contains("pisces/bin is there twice") == true)
    }

    @Test func modesAndLinksHaveOneForm() {
        let link = { (mode: UInt16, target: String) in
            Sample.files + [File("z", mode: mode, .symlink(target))]
        }
        #expect(refusal(files: link(0o777, "../anywhere")) == nil)
        #expect(refusal(files: link(0o755, "a")) != nil)
        #expect(refusal(files: link(0o777, "")) != nil)
        #expect(refusal(files: link(0o777, "a\u{0}b")) != nil)
        let mode = File("z", mode: 0o10000, .directory)
        #expect(refusal(files: Sample.files + [mode]) != nil)
    }

    @Test(arguments: [
        "", "a b", "a\"b", "a\u{7f}", "é", "pisces.root=00", "pisces.id=1", "pisces.salt=",
        "pisces.blocks=1", String(repeating: "x", count: 1536),
    ]) func wordsOfTheKernelArePlainAndNotDerived(word: String) {
        var boot = Sample.boot
        boot.commandLine.append(word)
        #expect(refusal(boot: boot) != nil)
    }

    @Test func modulesWantAKernelAndComeOnce() {
        let module = Description.Module("a.ko", Sample.hello)
        #expect(refusal(modules: [module]) == nil)
        #expect(refusal(boot: nil, modules: [module]) != nil)
        #expect(refusal(modules: [module, module]) != nil)
        #expect(refusal(modules: [.init("../a.ko", Sample.hello)]) != nil)
    }

    @Test func appsAndImagesHaveTheirManifests() throws {
        #expect(refusal(apps: [try Sample.app()]) == nil)
        #expect(refusal(apps: [try Sample.app(blobs: [Sample.hello])]) != nil)
        #expect(refusal(apps: [try Sample.app(version: "")]) != nil)
        #expect(refusal(apps: [try Sample.app(signature: [1])]) != nil)
        #expect(refusal(apps: [try Sample.app(), try Sample.app()]) != nil)
        let twice = try Sample.app(blobs: [Sample.manifest, Sample.manifest])
        #expect(refusal(apps: [twice]) != nil)
        let image = Description.Image(Sample.kernel.digest, blobs: [Sample.hello])
        #expect(refusal(images: [image]) != nil)
    }

    @Test(arguments: ["/machines", "/machines/pi-2", "/machines/pi-2/x"])
    func whatIsOfOneMachineIsNotHeritable(namespace: String) throws {
        let resource = try Sample.resource(in: namespace)
        #expect(refusal(resources: [resource])?.cause.contains("is of the machine") == true)
    }

    @Test func aBlobHasOneSizeWithinTheLimit() {
        let other = Blob(Sample.hello.digest, size: 7)
        let files = Sample.files + [File("z", mode: 0o644, .file(other))]
        #expect(refusal(files: files)?.cause.contains("two sizes") == true)
        let huge = Blob(Sample.kernel.digest, size: Int64(Limits.blobBytes.value) + 1)
        let large = Sample.files + [File("z", mode: 0o644, .file(huge))]
        #expect(refusal(files: large, boot: nil)?.kind == .tooLarge)
    }

    @Test func anOriginIsOfContentThatIsThereAndOneLine() {
        #expect(refusal(provenance: [Sample.origin()]) == nil)
        #expect(refusal(provenance: [Sample.origin(Blob(of: [1]))]) != nil)
        #expect(refusal(provenance: [Sample.origin(), Sample.origin()]) != nil)
        #expect(refusal(provenance: [Sample.origin(package: "a\nb")]) != nil)
        let long = String(repeating: "x", count: Limits.originBytes.value + 1)
        #expect(refusal(provenance: [Sample.origin(package: long)]) != nil)
    }

    @Test func parametersAreThoseThatWritersTake() {
        func refuses(_ change: (inout Description.Parameters) -> Void) -> Bool {
            var parameters = Description.Parameters()
            change(&parameters)
            return refusal(parameters: parameters) != nil
        }
        #expect(!refuses { $0.rootBytes = 512 << 20 })
        #expect(refuses { $0.rootBytes = 0 })
        #expect(refuses { $0.espBytes += 1 })
        #expect(refuses { $0.dataBytes = 2 << 40 })
        #expect(refuses { $0.blockBytes = 512 })
        #expect(refuses { $0.salt = [UInt8](repeating: 0, count: 33) })
        #expect(refuses { $0.seed = [] })
        #expect(refuses { $0.timestamp = -1 })
    }

    @Test func aSequenceCountsFromOneAndCountsHaveLimits() {
        #expect(refusal(sequence: 0) != nil)
        let modules = (0...Limits.describedModules.value).map {
            Description.Module("\($0).ko", Sample.hello)
        }
        #expect(refusal(modules: modules)?.kind == .tooLarge)
    }
}
