internal import Bolt
internal import Cypher
internal import Resources

/// Serves scratch graphs only, to one user.
struct ScratchService: BoltService {
    struct Client: BoltClient {
        fileprivate let service: ScratchService
        private var holdings: ScratchHoldings
        private var isLoggedIn = false

        fileprivate init(_ service: ScratchService) {
            self.service = service
            holdings = ScratchHoldings(service.databases)
        }

        mutating func logon(_ login: Login) throws(BoltError) {
            guard login.principal == service.user, login.credentials == service.password else {
                throw .unauthorized("no such user or password")
            }
            isLoggedIn = true
        }

        mutating func logoff() { isLoggedIn = false }

        func database(named name: String) throws(BoltError) -> String {
            name.isEmpty ? ScratchDatabases.prefix + "home" : name
        }

        mutating func open(_ access: Access) throws(BoltError) -> ScratchView {
            guard isLoggedIn else { throw .unauthorized("nobody is logged in") }
            let name = try database(named: access.database)
            return ScratchView(
                of: try holdings.database(named: name), access, options: service.options(),
                statements: service.statements)
        }

        func isShort(_ statement: String, _ access: Access) -> Bool { false }

        mutating func close() { holdings.release() }
    }

    let user: String
    let password: String
    /// What each statement may use and is told; its clock is looked at when it begins.
    let options: @Sendable () -> QueryOptions
    private let databases = ScratchDatabases()
    private let statements = StatementCache()

    init(user: String, password: String, options: @escaping @Sendable () -> QueryOptions) {
        self.user = user
        self.password = password
        self.options = options
    }

    func connect() -> Client { Client(self) }
}
