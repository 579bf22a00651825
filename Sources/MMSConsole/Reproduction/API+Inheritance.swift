internal import Reproduction
internal import Resources
internal import Trust

/// Taking over what a copy of a system has: bundles, images, desired state.
extension API {
    /// Reads a copy, proves its content, and takes over what is not here. Resources that are here
    /// under the same name stay as they are; doing it again changes nothing.
    func inherit(_ request: HTTPRequest) throws(Refusal) -> HTTPReply {
        try requireAdminRight(request, to: "inherit")
        guard let path = request["path"] else { throw malformed("path", "is missing") }
        let taken = try Inheritor(
            api: self, caller: request.caller, reason: request["reason"] ?? "pisces inherit"
        ).take(CopyDirectory(path))
        return .json { writer in
            writer.object { writer in
                writer.member("generation", taken.generation.description)
                writer.member("bundles", Int64(taken.bundles))
                writer.member("images", Int64(taken.images))
                writer.member("made", Int64(taken.made))
                writer.member("kept", Int64(taken.kept))
            }
        }
    }
}
