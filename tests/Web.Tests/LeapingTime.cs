namespace BodyCam.Web.Tests;

/// <summary>The machine's clock, whose wall time a test can set forward; what measures spans goes on as it was.</summary>
public sealed class LeapingTime : TimeProvider
{
    private long ahead;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddTicks(Interlocked.Read(ref ahead));

    public void Leap(TimeSpan by) => Interlocked.Add(ref ahead, by.Ticks);
}
