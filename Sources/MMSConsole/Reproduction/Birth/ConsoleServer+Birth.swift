internal import Node
internal import Reproduction
internal import Resources
internal import ZeroProcs

extension ConsoleServer {
    /// Takes over what the image that this machine runs from was described with: the apps and the
    /// desired state of its parent. For the first boot: what people change later stays changed.
    /// Gives one line for the screen.
    public func inheritImage() throws(ServerError) -> String {
        do throws(Refusal) {
            let taken = try Inheritor(
                api: api, caller: .system("controller"), reason: "born from an image"
            ).take(CopyDirectory("/pisces"))
            return "inherited \(taken.made) resources, \(taken.bundles) bundles and "
                + "\(taken.images) images"
        } catch {
            throw ServerError(
                operation: "inherit", subject: "what the image has", cause: error.message)
        }
    }
}
