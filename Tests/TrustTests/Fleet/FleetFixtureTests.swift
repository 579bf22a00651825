import Resources
import Testing

@testable import Trust

/// Bytes that another program made from Docs/Formats/certificates.md (with OpenSSL's Ed25519), and
/// must read for ever. `openssl verify` accepts the node's certificate under the authority's.
@Suite struct FleetFixtureTests {
    static func hex(_ text: String) -> [UInt8] {
        let digits = text.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count, by: 2).map {
            UInt8(digits[$0] << 4 | digits[$0 + 1])
        }
    }

    static let authority = hex(
        "308202be30820270a003020102020101300506032b65703072310f300d060355040a0c06"
            + "70697363657331123010060355040b0c09617574686f72697479310e300c06035504030c"
            + "05666c656574313b3039060355040513325348413235363a32444270382b774237707a52"
            + "6362523234307775422b4e665245696a394f66704441304575656848656f77301e170d32"
            + "36313131373131303634305a170d3436313131333131303634305a3072310f300d060355"
            + "040a0c0670697363657331123010060355040b0c09617574686f72697479310e300c0603"
            + "5504030c05666c656574313b3039060355040513325348413235363a32444270382b7742"
            + "37707a526362523234307775422b4e665245696a394f66704441304575656848656f7730"
            + "2a300506032b65700321008a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3"
            + "748801b40f6f5ca38201293082012530120603551d130101ff040830060101ff02010030"
            + "0e0603551d0f0101ff040403020106301d0603551d0e04160414d83069f3ec01ee9cd171"
            + "b476e34c2e07e35f4448301f0603551d23041830168014d83069f3ec01ee9cd171b476e3"
            + "4c2e07e35f44483081be06222a864886f71401be40937a818012839f4683d47581b26a82"
            + "e418819aba1d82a989640481978c01500000000000000001000000000000000265666c65"
            + "657469617574686f7269747958208a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94"
            + "121bf3748801b40f6f5c78325348413235363a32444270382b774237707a526362523234"
            + "307775422b4e665245696a394f66704441304575656848656f7750000000000000000000"
            + "0000000000000101f61a6afc35401a90958cc080300506032b65700341005f9f135136c0"
            + "0e2039d6e456bc67a8a0b46b3c29086f241d86304c9b38cd3ed54aeb92366738314369d6"
            + "f3ce7d289686e2728e352e5b9c3ee389bd6ad1f2f809")

    static let node = hex(
        "30820304308202b6a0030201020209030000000000000004300506032b65703072310f30"
            + "0d060355040a0c0670697363657331123010060355040b0c09617574686f72697479310e"
            + "300c06035504030c05666c656574313b3039060355040513325348413235363a32444270"
            + "382b774237707a526362523234307775422b4e665245696a394f66704441304575656848"
            + "656f77301e170d3236313131373131303634305a170d3237313232333131303634305a30"
            + "6d310f300d060355040a0c06706973636573310e300c060355040b0c05766f746572310d"
            + "300b06035504030c0470692d32313b3039060355040513325348413235363a365a384b62"
            + "6749642f57495873735769694b594478334c444177785934753048564e71536f38397965"
            + "3334302a300506032b65700321002bc2800b3316e009209ffd757dab19ccf0ae84bc7ae9"
            + "0654e1e81712d270f653a382016c30820168300c0603551d130101ff04023000300e0603"
            + "551d0f0101ff040403020780301d0603551d250416301406082b0601050507030106082b"
            + "06010505070302301d0603551d0e04160414e99f0a6e021dfd6217b2c5a288a603c772c3"
            + "030c301f0603551d23041830168014d83069f3ec01ee9cd171b476e34c2e07e35f444830"
            + "1a0603551d1104133011820970692d322e686f6d658704c00002073081cc06222a864886"
            + "f71401be40937a818012839f4683d47581b26a82e418819aba1d82a989640481a58c0150"
            + "000000000000000100000000000000026470692d3265766f74657258202bc2800b3316e0"
            + "09209ffd757dab19ccf0ae84bc7ae90654e1e81712d270f65378325348413235363a3244"
            + "4270382b774237707a526362523234307775422b4e665245696a394f6670444130457565"
            + "6848656f7750000000000000000300000000000000040a1a0098968a1a6afc35401a6d0c"
            + "dec0826970692d322e686f6d6544c0000207300506032b6570034100716677c35c827e8a"
            + "f784dc886b31384ad8aedab7feea6a06884ed34963466d7d39e4046c9d1ea69caaef922a"
            + "44ca29c76e367f0904d3d826bf5e259379671f0f")

    static let request = hex(
        "8258a087016470692d3258202bc2800b3316e009209ffd757dab19ccf0ae84bc7ae90654"
            + "e1e81712d270f65358206b3d57762f8badb69433f9c6d060f85f5e5c6b6803a816d141c0"
            + "75f63541ad10816e3139322e302e322e393a373330305000000000000000010000000000"
            + "00000178325348413235363a32444270382b774237707a526362523234307775422b4e66"
            + "5245696a394f66704441304575656848656f7758406e0e356a9e2f79dbb7927531381640"
            + "e8723982449a551ea4d85fdc6d167ffc5672c5837ada45cadd9554304920013d76d4c519"
            + "152487b2f75dc11c4cd53a480d")

    static let invitation =
        "pisces-join-gr0n0000-000028t5-cw000000-0008katg-00000000-0000p000-0000"
        + "0000-2s8dgc39-yfp03vmw-t5rv8xq3-9gq0e6r0-000t3vjv-vh082vhh-74s2wc1e-68"
        + "q32ehq-6cr31h5g-f2r0"

    /// Of format 2, which names a machine. Put together by hand and with openssl's public key.
    static let naming =
        "pisces-join-gw150000-000028t5-cw000000-0008katg-00000000-0000p000-0000"
        + "0000-2s8dgc39-yfp03vmw-t5rv8xq3-9gq0e6r0-000t3vjv-vh082vhh-74s2wc1e-68"
        + "q32ehq-6cr310ag-jdb7s7t2-ampjnhex-1067t4nj-mbtmw2ey"

    @Test func theCertificatesAreThoseThisSourceMakes() throws {
        let fleet = try FleetKeys()
        #expect(fleet.authority.certificate.bytes == Self.authority)
        let made = try fleet.certificate(
            .voter, hosts: [.name("pi-2.home"), .address([192, 0, 2, 7])])
        #expect(made.bytes == Self.node)
    }

    @Test func theCertificatesAreReadAndAccepted() throws {
        let authority = try Certificate(bytes: Self.authority)
        #expect(authority.isSelfSigned)
        let node = try Certificate(bytes: Self.node)
        #expect(node.passport.name == "pi-2" && node.passport.role == .voter)
        #expect(node.passport.until == Position(10_000_010))
        try CertificateCheck(
            authorities: [authority], now: FleetKeys.start, position: Position(20)
        ).accept(node)
    }

    @Test func theRequestIsReadAndMade() throws {
        let read = try JoinRequest(bytes: Self.request)
        #expect(read.name == "pi-2" && read.addresses == ["192.0.2.9:7300"])
        let made = try JoinRequest(
            name: "pi-2", addresses: ["192.0.2.9:7300"], invitation: Identifier(high: 1, low: 1),
            authority: try FleetKeys().authority.fingerprint,
            signedBy: try FleetKeys.machine(100))
        #expect(made.bytes == Self.request)
    }

    @Test func theInvitationIsReadAndMade() throws {
        #expect(try Invitation(Self.invitation).addresses == ["192.0.2.1:7300"])
        #expect(try InvitationTests.invitation().text == Self.invitation)
        #expect(try Invitation(Self.naming) == InvitationTests.invitation(naming: [3]))
        #expect(try InvitationTests.invitation(naming: [3]).text == Self.naming)
    }
}
