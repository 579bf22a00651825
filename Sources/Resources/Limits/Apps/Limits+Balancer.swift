/// Bounds of the balancer and of health checks.
extension Limits {
    /// Threads of the builtin balancer.
    public static let balancerThreads = Limit(
        name: "threads of the balancer", unit: "threads", value: 2, range: 1...16,
        why: "each carries its own connections; more than cores only switch")
    /// Client connections of one thread of the balancer.
    public static let balancerConnections = Limit(
        name: "connections of a thread of the balancer", unit: "connections", value: 4096,
        range: 16...65_536, why: "each may hold four buffers and two descriptors")
    /// Bytes of one buffer of a connection; a direction has two at the most.
    public static let balancerBuffer = Limit(
        name: "buffer of a balanced connection", unit: "bytes", value: 16_384,
        range: 16_384...1 << 20, why: "a head with what is added to it fits twice")
    /// Buffers without use that a thread of the balancer keeps.
    public static let balancerSpareBuffers = Limit(
        name: "spare buffers of a thread of the balancer", unit: "buffers", value: 256,
        range: 0...16_384, why: "4 MiB that need not be asked for again under load")
    /// Bytes of the head of a request or an answer.
    public static let balancerHead = Limit(
        name: "head of a balanced request", unit: "bytes", value: 8192, range: 1024...8192,
        why: "what servers take; half of a buffer")
    /// Fields of a head.
    public static let balancerFields = Limit(
        name: "fields of a balanced request", unit: "fields", value: 100, range: 16...1000,
        why: "what servers take")
    /// Bytes of the body of a request.
    public static let balancerBody = Limit(
        name: "body of a balanced request", unit: "bytes", value: 4 << 30, range: 1 << 20...1 << 40,
        why: "an upload without an end must not hold a backend for ever")
    /// Bytes of an extension of a chunk, or of all trailers of a body.
    public static let balancerTrailer = Limit(
        name: "trailers of a balanced body", unit: "bytes", value: 4096, range: 256...8192,
        why: "nobody but attackers sends more")
    /// Idle connections kept to one backend by one thread.
    public static let balancerPool = Limit(
        name: "idle connections to a backend", unit: "connections", value: 256, range: 0...4096,
        why: "as many as clients that ask at once; a backend pays for each")
    /// Milliseconds an idle connection to a backend is kept.
    public static let balancerPoolIdle = Limit(
        name: "idle time of a connection to a backend", unit: "ms", value: 4000,
        range: 100...60_000, why: "shorter than servers keep theirs (Node has 5 s)")
    /// Milliseconds a client's connection may be idle between requests.
    public static let balancerIdle = Limit(
        name: "idle time of a client", unit: "ms", value: 60_000, range: 1000...600_000,
        why: "browsers come back within a minute")
    /// Milliseconds a client has for a whole head.
    public static let balancerHeadTime = Limit(
        name: "time for a request's head", unit: "ms", value: 10_000, range: 100...60_000,
        why: "a client that sends a byte a second holds a connection")
    /// Milliseconds to connect to a backend.
    public static let balancerConnect = Limit(
        name: "connect time of a backend", unit: "ms", value: 3000, range: 10...60_000,
        why: "one lost packet is sent again after a second")
    /// Milliseconds a backend has for the head of its answer.
    public static let balancerAnswer = Limit(
        name: "time for an answer's head", unit: "ms", value: 30_000, range: 10...600_000,
        why: "what people wait for a page")
    /// Milliseconds a body or a tunnel may stand still.
    public static let balancerStill = Limit(
        name: "still time of a body", unit: "ms", value: 60_000, range: 100...3_600_000,
        why: "a peer that reads nothing holds buffers")
    /// Milliseconds a tunnel (a TCP service, an upgraded connection) may stand still.
    public static let balancerTunnelStill = Limit(
        name: "still time of a tunnel", unit: "ms", value: 3_600_000, range: 1000...86_400_000,
        why: "databases keep connections for long")
    /// Milliseconds connections of what was removed have to end.
    public static let balancerDrain = Limit(
        name: "drain time", unit: "ms", value: 30_000, range: 0...3_600_000,
        why: "a tunnel to a backend that is gone must end some day")
    /// Tries to connect for one request.
    public static let balancerTries = Limit(
        name: "tries of a request", unit: "tries", value: 3, range: 1...16,
        why: "while nothing was sent, another backend may answer")
    /// Milliseconds a backend that refused a connection is set aside the first time; doubles.
    public static let balancerAside = Limit(
        name: "time a refusing backend is set aside", unit: "ms", value: 500, range: 10...60_000,
        why: "a program starts again in that time")
    /// Milliseconds a backend is set aside at the most.
    public static let balancerAsideMost = Limit(
        name: "longest time a refusing backend is set aside", unit: "ms", value: 8000,
        range: 100...600_000, why: "a backend that is back gets requests soon")
    /// Backends of a service.
    public static let balancerBackends = Limit(
        name: "backends of a service", unit: "backends", value: 1024, range: 1...4096,
        why: "each is looked at for each request")
    /// Services of a balancer.
    public static let balancerServices = Limit(
        name: "services of a balancer", unit: "services", value: 1024, range: 1...16_384,
        why: "each is a listening socket")
    /// Connections that wait to be taken.
    public static let balancerBacklog = Limit(
        name: "connections that wait to be taken", unit: "connections", value: 1024,
        range: 16...65_536, why: "more than clients that come at once")
    /// Milliseconds haproxy has to read a configuration or to take one over.
    public static let haproxyCall = Limit(
        name: "haproxy call", unit: "ms", value: 10_000, range: 1000...60_000,
        why: "a hung program must not hold the driver")
    /// Health checks of one machine.
    public static let checkedTasks = Limit(
        name: "health checks", unit: "checks", value: 4096, range: 16...16_384,
        why: "each is one connection in every interval")
    /// Probes under way at once.
    public static let healthProbes = Limit(
        name: "probes at once", unit: "probes", value: 256, range: 1...4096,
        why: "each holds a descriptor; later ones wait")
    /// Bytes of an answer that a probe reads.
    public static let healthAnswer = Limit(
        name: "answer to a probe", unit: "bytes", value: 1024, range: 64...65_536,
        why: "the status line is all that counts")
    /// Milliseconds to which probes are put together.
    public static let healthStep = Limit(
        name: "step of probes", unit: "ms", value: 50, range: 1...1000,
        why: "one wake-up for many probes keeps an idle machine quiet")

    /// What balancers and health checks are bound by.
    public static let balancer = [
        balancerThreads, balancerConnections, balancerBuffer, balancerSpareBuffers, balancerHead,
        balancerFields, balancerBody, balancerTrailer, balancerPool, balancerPoolIdle,
        balancerIdle, balancerHeadTime, balancerConnect, balancerAnswer, balancerStill,
        balancerTunnelStill, balancerDrain, balancerTries, balancerAside, balancerAsideMost,
        balancerBackends, balancerServices, balancerBacklog, haproxyCall, checkedTasks,
        healthProbes, healthAnswer, healthStep,
    ]
}
