internal import Resources
extension CLI { func appInit() {}; func appSchema() {} }
struct PlanText { init(_ v: Value) {}; func text(_ s: Screen) -> String { "" } }
