using System.Globalization;
using System.Text;

namespace BodyCam.Core.Keys;

/// <summary>The highest epoch given to each recorder, kept in the keys folder: a data folder put back from a backup does not make one be given twice (D8). Thread-safe.</summary>
/// <remarks>One line <c>device epoch</c> for each that was given; the highest counts. A torn line, which a power cut leaves, is passed over; any other is damage, and a file that forgets is never taken for an empty one.</remarks>
public sealed class EpochMarks
{
    /// <summary>The file in the keys folder.</summary>
    public const string FileName = "epochs.txt";

    private readonly string path;
    private readonly Dictionary<DeviceId, uint> highest = [];
    private readonly Lock gate = new();

    private EpochMarks(string path) => this.path = path;

    /// <summary>Reads the file; an absent one is empty.</summary>
    /// <param name="folder">The keys folder.</param>
    /// <exception cref="InvalidOperationException">Something else stands in it; the message says what to do.</exception>
    public static EpochMarks Open(string folder)
    {
        var marks = new EpochMarks(Path.Combine(folder, FileName));
        var (number, torn) = (0, 0);
        // Latin-1 keeps every byte as it is.
        foreach (var line in File.Exists(marks.path) ? File.ReadLines(marks.path, Encoding.Latin1) : [])
        {
            number++;
            if (line.Split(' ') is [var name, var digits] && DeviceId.TryParse(name, out var device) && uint.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var epoch))
                marks.highest[device] = Math.Max(epoch, marks.highest.GetValueOrDefault(device));
            else if (!IsTorn(line))
                throw marks.Damaged(string.Create(CultureInfo.InvariantCulture, $"its line {number} is none of a recorder and an epoch"));
            else if (line.Length > 0)
                torn++;
        }

        if (marks.highest.Count == 0 && torn > 1)
            throw marks.Damaged("no line of it is whole");
        return marks;
    }

    // A beginning of "device epoch" without a digit of the epoch.
    private static bool IsTorn(string line) => line.Length == 0 || DeviceId.TryParse(line.EndsWith(' ') ? line[..^1] : line.PadRight(3, '0'), out _);

    private InvalidOperationException Damaged(string what) =>
        new($"{path} is damaged, {what}: restore it from the backup of the keys folder. Where there is none, and the data folder was never put back from a backup, remove it; the gateway notes again every epoch that its log has.");

    /// <summary>Every recorder with its highest epoch.</summary>
    public IReadOnlyList<KeyValuePair<DeviceId, uint>> All
    {
        get
        {
            lock (gate)
                return [.. highest];
        }
    }

    /// <summary>The highest epoch that is noted; 0 for none.</summary>
    public uint Of(DeviceId device)
    {
        lock (gate)
            return highest.GetValueOrDefault(device);
    }

    /// <summary>Notes an epoch, durably, before it is given; nothing happens when it or a higher one is noted.</summary>
    /// <exception cref="IOException">It could not be noted: it must not be given.</exception>
    public void Raise(DeviceId device, uint epoch)
    {
        lock (gate)
        {
            if (epoch <= highest.GetValueOrDefault(device))
                return;
            var isNew = !File.Exists(path);
            var options = new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using (var file = new FileStream(path, options))
            {
                // A torn line before it is ended here.
                file.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{(isNew ? "" : "\n")}{device} {epoch}\n")));
                FileSync.Sync(file);
            }

            if (isNew)
                KeyFolder.SyncEntries(Path.GetDirectoryName(path)!);
            highest[device] = epoch;
        }
    }
}
