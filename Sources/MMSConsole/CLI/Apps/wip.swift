internal import Resources
extension API { func logs(_ r: HTTPRequest, name: String, _ x: Responder) throws(Refusal) {} }
