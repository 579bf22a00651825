/// The one machine that votes where a second one follows it as a learner: two voters would stop when
/// either is lost (design/01).
public struct LoneVoter: Hashable, Sendable {
    /// The machine that votes.
    public let voter: ResourceName
    /// The machine that follows.
    public let learner: ResourceName

    /// Two machines.
    public init(voter: ResourceName, learner: ResourceName) {
        self.voter = voter
        self.learner = learner
    }

    /// What the loss of either means, and which verb helps.
    public var meaning: String {
        "two machines: \(voter) votes, \(learner) follows as a learner; without \(learner) all goes "
            + "on; without \(voter) nothing is written until it is back, or, when it is lost for "
            + "good, until a person founds the log anew on \(learner): pisces node refound"
    }

    /// What a person can do while the voter is not heard.
    public var remedy: String {
        "start \(voter) again, which alone votes; when it is lost for good, found the log anew on "
            + "\(learner): pisces node refound"
    }
}
