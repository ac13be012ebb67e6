using System.Globalization;
using System.Security.Cryptography;

namespace BodyCam.Rules.Deadlines;

/// <summary>A reading of a clock that nobody can set.</summary>
/// <param name="BootId">Names the run of the machine in which the reading counts; another one says that the machine was started anew.</param>
/// <param name="SinceBoot">Time since the machine started, sleep included.</param>
public readonly record struct BootReading(string BootId, TimeSpan SinceBoot);

/// <summary>A clock that goes on while the process is restarted and begins anew when the machine is.</summary>
public interface IBootClock
{
    /// <summary>Reads it.</summary>
    BootReading Read();
}

/// <summary>The machine's own: Linux's boot id and uptime; elsewhere the process's timestamp under an id of the process, so that each restart counts as one of the machine.</summary>
/// <param name="time">Timestamps where the machine has no boot id.</param>
public sealed class SystemBootClock(TimeProvider time) : IBootClock
{
    private const string BootIdFile = "/proc/sys/kernel/random/boot_id";
    private const string UptimeFile = "/proc/uptime";

    private readonly string bootId = OperatingSystem.IsLinux() && File.Exists(BootIdFile) ? File.ReadAllText(BootIdFile).Trim() : "";
    private readonly string processId = "process-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    /// <inheritdoc/>
    public BootReading Read()
    {
        if (bootId.Length == 0)
            return new BootReading(processId, time.GetElapsedTime(0));
        var uptime = File.ReadAllText(UptimeFile);
        return new BootReading(bootId, TimeSpan.FromSeconds(double.Parse(uptime.AsSpan(0, uptime.IndexOf(' ')), NumberStyles.Float, CultureInfo.InvariantCulture)));
    }
}
