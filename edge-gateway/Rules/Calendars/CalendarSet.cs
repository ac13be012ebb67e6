using System.Globalization;

namespace BodyCam.Rules.Calendars;

/// <summary>The calendars of all years that a station has. Immutable: after a change of the files it is loaded anew.</summary>
public sealed class CalendarSet
{
    private readonly Dictionary<int, YearCalendar> years;
    private readonly HashSet<int> faulty;

    private CalendarSet(Dictionary<int, YearCalendar> years, HashSet<int> faulty, IReadOnlyList<CalendarProblem> problems) =>
        (this.years, this.faulty, Problems) = (years, faulty, problems);

    /// <summary>Folder of the calendars that come with the program.</summary>
    public static string ShippedFolder => Path.Combine(AppContext.BaseDirectory, "calendars");

    /// <summary>Problems of all files; a year with one is not counted with.</summary>
    public IReadOnlyList<CalendarProblem> Problems { get; }

    /// <summary>Years that have a sound file, announced or not, in order.</summary>
    public IReadOnlyList<YearCalendar> Years => [.. years.Values.OrderBy(static calendar => calendar.Year)];

    /// <summary>Loads <c>&lt;year&gt;.json</c> files of a folder; a year whose file has problems or cannot be read is missing, the others stand. A folder that is not there is a problem.</summary>
    public static CalendarSet Load(string folder)
    {
        var (years, faulty, problems) = (new Dictionary<int, YearCalendar>(), new HashSet<int>(), new List<CalendarProblem>());
        foreach (var path in Files(folder, problems))
        {
            var name = Path.GetFileName(path);
            if (name.Length != "2026.json".Length || !int.TryParse(name[..4], NumberStyles.None, CultureInfo.InvariantCulture, out var year) || year is < 2000 or > 2199)
            {
                problems.Add(new CalendarProblem(name, 1, "", "The file's name is no year from 2000 to 2199.", "Name it after its year, such as 2028.json, or move it out of the folder."));
                continue;
            }

            var reading = ReadBounded(path, out var unreadable) is { } bytes ? CalendarReader.Read(name, year, bytes) : new CalendarReading(null, [new CalendarProblem(name, 1, "", $"The file cannot be read ({unreadable}).", "Look at who may read it.")]);
            problems.AddRange(reading.Problems);
            if (reading.Calendar is { } calendar)
                years.Add(year, calendar);
            else
                faulty.Add(year);
        }

        return new CalendarSet(years, faulty, problems);
    }

    /// <summary>A set of calendars made elsewhere.</summary>
    /// <param name="calendars">One for a year.</param>
    public static CalendarSet Of(params IEnumerable<YearCalendar> calendars) => new(calendars.ToDictionary(static calendar => calendar.Year), [], []);

    /// <summary>The announced calendar of a year; null with the alarm when there is none to count with.</summary>
    public YearCalendar? Find(int year, out CalendarMissing? missing)
    {
        missing = null;
        if (faulty.Contains(year))
            missing = new CalendarMissing(year, CalendarMissingReason.Faulty);
        else if (!years.TryGetValue(year, out var calendar))
            missing = new CalendarMissing(year, CalendarMissingReason.NoFile);
        else if (calendar.Status != CalendarStatus.Announced)
            missing = new CalendarMissing(year, CalendarMissingReason.NotAnnounced);
        else
            return calendar;
        return null;
    }

    private static List<string> Files(string folder, List<CalendarProblem> problems)
    {
        try
        {
            return [.. Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal)];
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            problems.Add(new CalendarProblem(folder, 1, "", $"The folder of calendars cannot be read ({unreadable.Message.TrimEnd('.')}).", "Name it with --calendars."));
            return [];
        }
    }

    private static byte[]? ReadBounded(string path, out string? problem)
    {
        problem = null;
        try
        {
            using var stream = File.OpenRead(path);
            var bytes = new byte[CalendarReader.BytesMax + 1];
            var count = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return bytes[..count];
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            problem = unreadable.Message.TrimEnd('.');
            return null;
        }
    }
}
