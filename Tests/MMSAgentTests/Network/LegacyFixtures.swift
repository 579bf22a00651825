/// Tables `filter` as a kernel 6.18 gave them after the commands of iptables-legacy 1.8.9 that
/// `iptables-legacy -S` writes as below.
enum LegacyFixtures {
    static let fourText = """
        -P INPUT ACCEPT
        -P FORWARD DROP
        -P OUTPUT ACCEPT
        -A INPUT -i lo -j ACCEPT
        -A INPUT ! -s 10.0.0.0/8 -p tcp -m tcp --dport 22 -m comment --comment "no ssh" -j DROP
        -A INPUT -p udp -m udp --sport 1024:65535 ! --dport 53 -m state --state RELATED,ESTABLISHED \
        -g DOCKER
        -A INPUT -p tcp -f -m tcp --tcp-flags SYN,ACK SYN -j REJECT
        -A FORWARD ! -i eth0 -o docker+ -j DOCKER
        -A FORWARD -d 192.0.0.0/255.255.0.255
        -A DOCKER -m limit -j LOG
        -A DOCKER -j RETURN
        -A DOCKER -j RETURN
        """

    static let sixText = """
        -P INPUT ACCEPT
        -P FORWARD ACCEPT
        -P OUTPUT DROP
        -A INPUT -s fe80::/10 ! -d 2001:db8::1/128 -p ipv6-icmp -j six
        -A six -i eth+ -j ACCEPT
        """

    static let four = bytes(
        """
        66696c746572 +26 0e +3 ffffffff +4
        7005000038070000ffffffffffffffffd8040000a006000038070000ffffffff0f +3 f00b +18 6c6f
        +30 ffffff +37 7000980002 +19 28 +31 feffffff +4 0a +7 ff +71 06000008 +4 c001e80102
        +19 3000746370 +29 ffff160016 +9 2001636f6d6d656e74 +23 6e6f20737368 +250 28 +31
        ffffffff +84 110002 +5 6801900102 +19 3000756470 +28 04ffff3500350002 +7
        c800636f6e6e747261636b +20 03 +146 0120000006 +17 28 +31 8008 +86 060001 +5 a000c80002
        +19 3000746370 +29 ffff0000ffff001202 +5 280052454a454354 +24 07 +95 7000980002 +19 28
        +31 feffffff +20 65746830 +12 646f636b65722b +9 ffffffffff +11 ffffffffffff +13 01 +4
        7000980004 +19 28 +31 8008 +10 c0 +7 ffff00ff +72 7000980004 +19 28 +31 a006 +94
        7000980004 +19 28 +31 ffffffff +92 7000980008 +19 28 +31 feffffff +92 7000b0 +21
        40004552524f52 +25 444f434b4552 +114 b800f80006 +19 48006c696d6974 +25 c0d4010005 +35
        40004c4f47 +27 04006869 +116 7000980006 +19 28 +31 fbffffff +92 700098 +21 28 +31
        fbffffff +92 700098 +21 28 +31 fbffffff +92 7000b0 +21 40004552524f52 +25 4552524f52
        +27
        """)

    static let six = bytes(
        """
        66696c746572 +26 0e +3 ffffffff +4 a001000070020000ffffffffffffffffd0 +3
        a001000070020000ffffffff08 +3 b0060000fe80 +14 20010db8 +11 01ffc0 +14
        ffffffffffffffffffffffffffffffff +64 3a00000110 +7 a800d00002 +23 28 +31 2804 +146
        a800d00002 +23 28 +31 feffffff +144 a800d00004 +23 28 +31 feffffff +144 a800d00008 +23
        28 +31 ffffffff +144 a800e8 +25 40004552524f52 +25 736978 +93 6574682b +28 ffffff +41
        a800d00002 +23 28 +31 feffffff +144 a800d00002 +23 28 +31 fbffffff +144 a800e8 +25
        40004552524f52 +25 4552524f52 +27
        """)

    /// Hexadecimal digits; `+n` is that many zeros.
    static func bytes(_ text: String) -> [UInt8] {
        var result: [UInt8] = []
        for word in text.split(whereSeparator: \.isWhitespace) {
            if word.hasPrefix("+") {
                result += [UInt8](repeating: 0, count: Int(word.dropFirst()) ?? 0)
            } else {
                var digits = word[...]
                while !digits.isEmpty {
                    result.append(UInt8(digits.prefix(2), radix: 16) ?? 0)
                    digits = digits.dropFirst(2)
                }
            }
        }
        return result
    }
}
