using BodyCam.Rules.Deadlines;

namespace BodyCam.Rules.Tests.Deadlines;

public sealed class ClockGuardFileTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("clock-guard-");

    private string Path => System.IO.Path.Combine(folder.FullName, "clock.json");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void A_state_comes_back_as_it_was()
    {
        var file = new ClockGuardFile(Path);
        Assert.Equal(new ClockGuardStored(null, false), file.Read());
        var state = new ClockGuardState
        {
            BootId = "b",
            SinceBoot = TimeSpan.FromSeconds(12.34),
            Wall = Local.At("2026-03-02 08:30"),
            AnchorSinceBoot = TimeSpan.FromSeconds(1),
            AnchorWall = Local.At("2026-03-02 08:29"),
            Pending = new ClockStep(ClockStepKind.LongAway, Local.At("2026-03-01 08:30"), Local.At("2026-03-02 08:30"), 2),
        };
        file.Write(state);
        Assert.Equal(new ClockGuardStored(state, false), new ClockGuardFile(Path).Read());
        file.Write(state with { Pending = null });
        Assert.Null(file.Read().State!.Pending);
        Assert.InRange(new FileInfo(Path).Length, 100, 600);
        Assert.Single(folder.GetFiles());
    }

    [Fact]
    public void A_file_cut_anywhere_is_unreadable_and_never_taken_for_none()
    {
        var file = new ClockGuardFile(Path);
        file.Write(new ClockGuardState { BootId = "b", SinceBoot = TimeSpan.Zero, Wall = Local.At("2026-03-02 08:30"), AnchorSinceBoot = TimeSpan.Zero, AnchorWall = Local.At("2026-03-02 08:30") });
        var bytes = File.ReadAllBytes(Path);
        for (var length = 0; length < bytes.Length; length++)
        {
            File.WriteAllBytes(Path, bytes[..length]);
            Assert.Equal(new ClockGuardStored(null, true), file.Read());
        }

        File.WriteAllText(Path, "{}");
        Assert.True(file.Read().IsUnreadable);
        File.WriteAllBytes(Path, new byte[5000]);
        Assert.True(file.Read().IsUnreadable);
    }

    [Fact]
    public void The_machine_has_one_run_and_its_time_goes_on_in_another_process()
    {
        var one = new SystemBootClock(TimeProvider.System).Read();
        var other = new SystemBootClock(TimeProvider.System).Read();
        Assert.True(one.SinceBoot > TimeSpan.Zero);
        Assert.True(other.SinceBoot >= one.SinceBoot);
        Assert.Equal(OperatingSystem.IsLinux(), one.BootId == other.BootId);
    }
}
