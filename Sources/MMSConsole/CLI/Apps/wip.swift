internal import Resources
struct PlanText { init(_ v: Value) {}; func text(_ s: Screen) -> String { "" } }
extension API { func logs(_ r: HTTPRequest, name: String, _ x: Responder) throws(Refusal) {} }
