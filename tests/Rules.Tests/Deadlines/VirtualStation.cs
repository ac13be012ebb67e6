using System.Text.Json;
using BodyCam.Rules.Deadlines;

namespace BodyCam.Rules.Tests.Deadlines;

/// <summary>A station's clocks and the guard's file, in virtual time: the wall clock can be set, the boot clock cannot.</summary>
internal sealed class VirtualStation : TimeProvider, IBootClock, IClockGuardStore
{
    private int boots = 1;
    private TimeSpan sinceBoot = TimeSpan.FromMinutes(3);

    public DateTimeOffset Wall { get; set; } = Local.At("2026-03-02 08:30");

    public byte[]? Stored { get; set; }

    public bool FailsToWrite { get; set; }

    public int Writes { get; private set; }

    public override DateTimeOffset GetUtcNow() => Wall.ToUniversalTime();

    BootReading IBootClock.Read() => new($"boot-{boots}", sinceBoot);

    /// <summary>Time passes on both clocks.</summary>
    public void Pass(TimeSpan time) => (Wall, sinceBoot) = (Wall + time, sinceBoot + time);

    /// <summary>The machine is off for a time; the wall clock goes on in its battery.</summary>
    public void Reboot(TimeSpan off) => (Wall, sinceBoot, boots) = (Wall + off, TimeSpan.FromSeconds(20), boots + 1);

    /// <summary>A process starts.</summary>
    public ClockGuard Start(DateTimeOffset? newestKnown = null) => new(this, this, this, newestKnown);

    ClockGuardStored IClockGuardStore.Read()
    {
        if (Stored is null)
            return new ClockGuardStored(null, false);
        try
        {
            return new ClockGuardStored(JsonSerializer.Deserialize<ClockGuardState>(Stored), false);
        }
        catch (JsonException)
        {
            return new ClockGuardStored(null, true);
        }
    }

    public void Write(ClockGuardState state)
    {
        if (FailsToWrite)
            throw new IOException("disk");
        Writes++;
        Stored = JsonSerializer.SerializeToUtf8Bytes(state);
    }
}
