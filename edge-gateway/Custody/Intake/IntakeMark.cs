using BodyCam.Custody.Acts;

namespace BodyCam.Custody.Intake;

/// <summary>How far custody has read: of the log (<c>log</c>), or of a recorder's journal chain (<c>device.epoch</c>).</summary>
/// <param name="Id"><c>log</c> or <c>device.epoch</c>.</param>
/// <param name="Next">Next leaf of the log, or next journal segment.</param>
public sealed record IntakeMark(string Id, long Next) : IEntity
{
    /// <inheritdoc/>
    public static string Kind => "intake_mark";

    /// <summary>Lines of the journal segment <see cref="Next"/> that are taken already: a long one is taken in several acts.</summary>
    public int Line { get; init; }

    /// <summary>Activity that the journal is in; 0 for none.</summary>
    public long DeviceActivity { get; init; }

    /// <summary>Check items that wait for <c>checkDone</c>.</summary>
    public IReadOnlyList<Recorders.CheckItem> CheckItems { get; init; } = [];
}
