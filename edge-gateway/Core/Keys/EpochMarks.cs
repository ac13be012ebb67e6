using System.Globalization;
using System.Text;

namespace BodyCam.Core.Keys;

/// <summary>The highest epoch given to each recorder, kept in the keys folder: a data folder put back from a backup does not make one be given twice (D8). Thread-safe.</summary>
/// <remarks>One line <c>device epoch</c> for each that was given; the last whole line counts, a torn one is passed over.</remarks>
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
    public static EpochMarks Open(string folder)
    {
        var marks = new EpochMarks(Path.Combine(folder, FileName));
        if (File.Exists(marks.path))
        {
            foreach (var line in File.ReadLines(marks.path, Encoding.ASCII))
            {
                if (line.Split(' ') is [var name, var number] && DeviceId.TryParse(name, out var device) && uint.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var epoch))
                    marks.highest[device] = Math.Max(epoch, marks.highest.GetValueOrDefault(device));
            }
        }

        return marks;
    }

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
