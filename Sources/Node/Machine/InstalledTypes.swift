internal import Drivers
internal import MMSAgent
public import Resources
internal import ZeroProcs

/// The types of all rooms, as a node installs them.
public enum InstalledTypes {
    /// All of them; sensors' types with the field that tells a thing from the next of its name.
    public static let all =
        CoreTypes.all + AppTypes.all + ReproductionTypes.all + MachineTypes.all
        + FleetTypes.members
        + FleetLogTypes.all + [Lapse.type, DeadLetter.type, NetworkSetting.type]
        + AgentTypes.all.map(withIdentity)
        + [ChurnFold.activity, ChurnFold.fold]

    private static func withIdentity(_ type: TypeDefinition) -> TypeDefinition {
        guard type.field(SensorProcessor.identityField) == nil else { return type }
        var type = type
        type.fields.append(
            .init(
                SensorProcessor.identityField, .text,
                "What stays the same while it is the same thing, and differs when its name is reused."
            ))
        return type
    }
}
