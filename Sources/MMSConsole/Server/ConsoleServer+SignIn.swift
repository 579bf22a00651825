internal import Node
internal import Resources
internal import ZeroProcs

extension ConsoleServer {
    /// What somebody who stands at the machine is given to sign in.
    public struct SignIn: Sendable {
        /// A token of one hour that may do everything.
        public let token: String
        /// A link to the pages, good for a minute and one use; "" when no address is known.
        public let link: String
    }

    /// Makes a token and a link for the person at the console. Each takes the place of the one
    /// before: there is one such token at a time.
    public func signIn(address: String?) throws(ServerError) -> SignIn {
        do throws(Refusal) {
            let token = try api.consoleToken(named: "serial-console", milliseconds: 3_600_000)
            let link = address.map { "http://\($0)/console?ticket=\(api.doorkeeper.makeTicket())" }
            return SignIn(token: token, link: link ?? "")
        } catch {
            throw ServerError(operation: "make", subject: "a token", cause: error.message)
        }
    }
}
