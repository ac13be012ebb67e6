using BodyCam.Firmware.Parts;

namespace BodyCam.Recorder.Tests;

/// <summary>True time, a drifting chip, a drifting DS3231 and a server that answers late and not quite right. All from one seed.</summary>
internal sealed class ClockWorld(int seed) : IKeptClock, IWireless
{
    private const long StartUs = 1_790_000_000_000_000;
    private const long ServerErrorMaxUs = 50_000;

    private readonly Random random = new(seed);
    private double chipUs;
    private double chipPpm;
    private double wallOffsetUs;
    private double keptUs = StartUs + 300_000;
    private double keptPpm;
    private long answerAtUs = long.MaxValue;
    private long answerErrorUs;

    public Random Random => random;

    public long TrueUs { get; private set; } = StartUs;

    public (long WallUs, long BoundUs)? Record { get; set; }

    public bool ServerAnswers { get; set; } = true;

    public int AnswerCount { get; private set; }

    /// <summary>From the newest question to its answer.</summary>
    public long LastCallUs { get; private set; }

    // A reading costs time, now and then a collection comes between.
    public long ReadMonotonicUs()
    {
        Pass(random.Next(200) == 0 ? random.Next(40_000) : random.Next(5, 30));
        return (long)chipUs;
    }

    public long ReadWallUs()
    {
        Pass(random.Next(5, 30));
        return (long)(chipUs + wallOffsetUs);
    }

    public void SetWall(long wallUs) => wallOffsetUs = wallUs / 1_000_000 * 1_000_000 - chipUs;

    public void Step(long byUs) => wallOffsetUs += byUs;

    public void Pass(long trueUs)
    {
        if (answerAtUs - TrueUs <= trueUs)
        {
            var before = Math.Max(0, answerAtUs - TrueUs);
            Move(before);
            trueUs -= before;
            answerAtUs = long.MaxValue;
            AnswerCount++;
            wallOffsetUs = TrueUs + answerErrorUs - chipUs;
        }
        Move(trueUs);
    }

    /// <summary>Power off for that long: chip clock and wall clock start anew, an answer under way is lost.</summary>
    public void Reboot(long offUs)
    {
        answerAtUs = long.MaxValue;
        Move(offUs);
        (chipUs, wallOffsetUs) = (random.Next(400_000), 0);
        Drift();
    }

    /// <summary>New drifts within the parts' ratings: crystal 50 ppm of 100, DS3231 5 ppm of 10.</summary>
    public void Drift() => (chipPpm, keptPpm) = (random.NextDouble() * 100 - 50, random.NextDouble() * 10 - 5);

    public long ReadUnixSeconds()
    {
        Pass(900);
        return (long)(keptUs / 1e6);
    }

    public bool WriteUnixSeconds(long unixSeconds)
    {
        Pass(900);
        keptUs = unixSeconds * 1e6;
        return true;
    }

    public void AskTime(string server)
    {
        if (!ServerAnswers) return;
        // The client sets the clock to the server's transmit time and leaves the way back out, so the error is up to the whole call.
        var there = random.Next(1_000, 2_000_000);
        var back = random.Next(1_000, 2_000_000);
        LastCallUs = there + back;
        answerAtUs = TrueUs + LastCallUs;
        answerErrorUs = random.NextInt64(-ServerErrorMaxUs, ServerErrorMaxUs) - back;
    }

    private void Move(long trueUs)
    {
        TrueUs += trueUs;
        chipUs += trueUs * (1 + chipPpm / 1e6);
        keptUs += trueUs * (1 + keptPpm / 1e6);
    }
}
