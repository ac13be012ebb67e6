namespace BodyCam.Simulation.Tests;

// The simulated ones lie nearer otherwise.
using File = System.IO.File;

/// <summary>Seeds of the simulation; a failing one is printed with the command that replays it.</summary>
public sealed class SeedTests(ITestOutputHelper output)
{
    private const int DailyCount = 1000;
    private const int LongCount = 10_000;
    private static readonly TimeSpan eachTimeMost = TimeSpan.FromSeconds(115);

    /// <summary>A block of seeds that changes from day to day.</summary>
    [Fact]
    public void Nothing_that_has_a_receipt_is_ever_lost()
    {
        var block = Seeds.Run(Seeds.OfDay(DailyCount), DailyCount, eachTimeMost);
        output.WriteLine(block.ToString());
        block.RequireAllHappened();
    }

    /// <summary>Seeds that found something, each with what it found, under the plan that found it.</summary>
    [Theory]
    [InlineData(4, "a gateway whose clock was set back over a restart gave counters again: recorders ignored all it said")]
    [InlineData(2, "the data folder's own entry was not synced: a power cut after the first receipts could take everything")]
    [InlineData(1, "a receipt was issued again for an original with a rotten byte, while the recorder held the only good copy; a part taken over by a new run counted as entered in its folder, which nobody had synced")]
    [InlineData(3, "a part with a byte that changed while it lay on the disk was receipted as whole")]
    [InlineData(11, "a waiting seal with a rotten byte could keep a segment from ever being receipted; one in its place without its waiting seal too")]
    [InlineData(8, "the notes of a part that was asked for again were another file, and its name was not synced")]
    [InlineData(86, "a record of the log with a rotten byte ended the start with an exception that named nothing")]
    [InlineData(910, "a file without a record whose bytes had been set aside before kept the gateway from its start")]
    [InlineData(100, "a loss on the card that was said twice before the group was committed stood twice in the log")]
    [InlineData(1_004_211, "a seal whose first sync had failed came back empty beside a stored segment after a power cut, and stayed there")]
    [InlineData(10_324_097, "a picture differed where a cut had hit a write that the card had not confirmed: nothing was wrong but the check")]
    [InlineData(10_324_232, "the simulation took a call that the clock had ended for one that still waits")]
    [InlineData(10_324_012, "the record of an orphaned tail spoke of bytes that a failed sync had left in the cache: after a power cut the tail was another one")]
    [InlineData(1_000_618, "a clock that ran ahead while the disk was full carried the counter of messages down where no later run began: recorders ignored all it said", 2)]
    [InlineData(1_002_756, "a sync without room lost the cut of a part to its sealed length, which the system went on showing: the segment was receipted longer on the device than its seal says", 2)]
    [InlineData(1_005_956, "a segment whose first record the card refused stood on it all the same; the card was swapped, and the key for it was given up", 2)]
    [InlineData(1_008_032, "a waiting seal rotted while its process died between log and catalog; the seal beside the original was the same file, and the recorder's own was taken for a conflict", 2)]
    [InlineData(1_001_120, "bytes of which no chunk stood were entered as damaged, and the segment once more as lost, when its recorder said it twice before the group was committed", 2)]
    [InlineData(2_004_657, "a head that recovery wrote and the card did not confirm was called lost while it stood on the card", 2)]
    [InlineData(2_005_220, "the file of lines kept on the flash failed once more when it was closed, and that went out of whoever wrote the line", 2)]
    [InlineData(3_008_270, "of two notes of one chunk a start took the first, which the seal does not know, and passed over what had arrived last", 2)]
    public void A_seed_that_found_something_finds_nothing_any_more(int seed, string found, int plan = 1)
    {
        output.WriteLine($"{seed}: {found}");
        output.WriteLine(Seeds.Run(seed, 1, plan: plan).ToString());
    }

    /// <summary>Some 20 minutes on two cores.</summary>
    [Fact(Explicit = true)]
    public void Nothing_that_has_a_receipt_is_ever_lost_in_ten_thousand_seeds()
    {
        var block = Seeds.Run(1_000_000, LongCount);
        output.WriteLine(block.ToString());
        block.RequireAllHappened();
    }

    [Fact]
    public void The_same_seed_does_the_same_in_another_process()
    {
        if (Environment.GetEnvironmentVariable(Seeds.TraceVariable) is { Length: > 0 } into)
        {
            File.WriteAllText(into, Trace());
            return;
        }

        var file = Path.Combine(AppContext.BaseDirectory, $"trace-{Environment.ProcessId}.txt");
        try
        {
            var (code, said) = Planted.Run(AppContext.BaseDirectory, TimeSpan.FromMinutes(5), "dotnet", ["Simulation.Tests.dll", "-noLogo", "-noColor", "-method", $"*.{nameof(The_same_seed_does_the_same_in_another_process)}"], (Seeds.TraceVariable, file));
            Assert.True(code == 0, said);
            Assert.Equal(Trace(), File.ReadAllText(file));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string Trace()
    {
        using var sim = new Sim(4711);
        sim.Run();
        return sim.Trace;
    }
}
