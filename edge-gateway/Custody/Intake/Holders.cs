using BodyCam.Custody.Acts;
using BodyCam.Custody.Recorders;

namespace BodyCam.Custody.Intake;

/// <summary>Who had a recorder at a moment (A6: 谁使用、谁保管、谁负责).</summary>
public static class Holders
{
    // How far a recorder's clock may be off when it is issued and started in the same minute.
    private static readonly TimeSpan slack = TimeSpan.FromMinutes(2);

    /// <summary>The assignment that covers the moment, the newest of several; null when nobody had it.</summary>
    public static Assignment? At(Draft draft, string device, uint epoch, DateTimeOffset at)
    {
        ArgumentNullException.ThrowIfNull(draft);
        return draft.List<Assignment>("recorder", device)
            .Where(assignment => assignment.Epoch <= epoch && assignment.IssuedAt - slack <= at && (assignment.EndedAt is null || at <= assignment.EndedAt + slack))
            .MaxBy(static assignment => assignment.IssuedAt);
    }
}
