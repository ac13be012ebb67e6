using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using BodyCam.Core;

namespace BodyCam.Cli.Doctor;

/// <summary>What the machine has: programs, disk, clock.</summary>
internal static class MachineChecks
{
    /// <summary>Share of the disk below which the gateway takes in nothing more.</summary>
    public const double ReserveShare = 0.10;

    private const double WarnShare = 0.20;
    private const int SyncRounds = 50;

    // No device answers that fast: what was written is still in memory.
    private const double SyncUsMin = 20;

    public static IReadOnlyList<DoctorCheck> Run(string folder, DateTimeOffset now) =>
        [Runtime(), Sqlite(), Tool("ffmpeg", "playback and clips", "ffmpeg"), Tool("openssl", "checking by hand", "openssl"), FreeSpace(folder), Sync(folder), Clock(now)];

    private static DoctorCheck Runtime() =>
        Environment.Version.Major >= 10
            ? DoctorCheck.Passed("runtime", RuntimeInformation.FrameworkDescription)
            : DoctorCheck.Failed("runtime", RuntimeInformation.FrameworkDescription, "Install dotnet-sdk-10.0.");

    private static DoctorCheck Sqlite() =>
        NativeLibrary.TryLoad("libsqlite3.so.0", out _)
            ? DoctorCheck.Passed("SQLite", "libsqlite3.so.0 of the system")
            : DoctorCheck.Warned("SQLite", "only the older copy that ships with BodyCam", "Install libsqlite3-0.");

    private static DoctorCheck Tool(string program, string purpose, string package)
    {
        var found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(path => Path.Combine(path, program)).FirstOrDefault(File.Exists);
        return found is not null ? DoctorCheck.Passed(program, found) : DoctorCheck.Warned(program, $"not here; used for {purpose}", $"Install {package}.");
    }

    private static DoctorCheck FreeSpace(string folder)
    {
        var drive = new DriveInfo(folder);
        var found = string.Create(CultureInfo.InvariantCulture, $"{drive.AvailableFreeSpace / 1e9:F1} GB free of {drive.TotalSize / 1e9:F1} GB");
        return ((double)drive.AvailableFreeSpace / Math.Max(1, drive.TotalSize)) switch
        {
            < ReserveShare => DoctorCheck.Failed("disk", found, "Free room: below 10 % the gateway takes in nothing more."),
            < WarnShare => DoctorCheck.Warned("disk", found, "Free room soon: below 10 % the gateway takes in nothing more."),
            _ => DoctorCheck.Passed("disk", found),
        };
    }

    // 50 writes of 4 KiB, each with fsync.
    private static DoctorCheck Sync(string folder)
    {
        var path = Path.Combine(folder, $".bodycam-doctor-{Environment.ProcessId}");
        var elapsedUs = new double[SyncRounds];
        try
        {
            var block = new byte[4096];
            using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.None, FileOptions.DeleteOnClose);
            for (var round = 0; round < SyncRounds; round++)
            {
                var started = Stopwatch.GetTimestamp();
                RandomAccess.Write(file, block, round * 4096L);
                FileSync.Sync(file);
                elapsedUs[round] = Stopwatch.GetElapsedTime(started).TotalMicroseconds;
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return DoctorCheck.Failed("fsync", failure.Message, "Name a folder that can be written with --data.");
        }

        Array.Sort(elapsedUs);
        var found = string.Create(CultureInfo.InvariantCulture, $"median {elapsedUs[SyncRounds / 2]:F0} µs, worst {elapsedUs[^1]:F0} µs");
        return elapsedUs[SyncRounds / 2] < SyncUsMin
            ? DoctorCheck.Warned("fsync", found + ": too fast to be a disk", "Use a file system that keeps what it syncs (not tmpfs, not a volume with barriers off).")
            : DoctorCheck.Passed("fsync", found);
    }

    private static DoctorCheck Clock(DateTimeOffset now)
    {
        var found = now.ToString("u", CultureInfo.InvariantCulture);
        return now.Year < 2025
            ? DoctorCheck.Failed("clock", found, "Set the clock and keep it with NTP: receipts carry this time.")
            : DoctorCheck.Passed("clock", found);
    }
}
