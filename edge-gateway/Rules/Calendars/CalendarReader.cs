using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using BodyCam.Rules.Policies.Reading;

namespace BodyCam.Rules.Calendars;

/// <summary>Reads one calendar file. A file with any problem gives no calendar: nothing is half-loaded.</summary>
public sealed class CalendarReader
{
    /// <summary>Largest file that is read, in bytes; a year needs about 2 KB.</summary>
    public const int BytesMax = 256 * 1024;

    /// <summary>Most problems that are told of one file: nobody mends more at once, and a file of empty objects has tens of thousands.</summary>
    public const int ProblemsMax = 100;

    private const string DateRemedy = "Write a day of the year as \"yyyy-MM-dd\".";
    private static readonly string[] rootKeys = ["year", "status", "source", "holidays", "workdays", "statutory", "note"];

    private readonly List<CalendarProblem> problems = [];
    private readonly string file;
    private readonly int year;
    private readonly LineJson lines;

    private bool IsFull => problems.Count >= ProblemsMax;

    private CalendarReader(string file, int year, LineJson lines) => (this.file, this.year, this.lines) = (file, year, lines);

    /// <summary>Reads a file's bytes.</summary>
    /// <param name="file">Name for problems.</param>
    /// <param name="year">The year that the file's name promises.</param>
    /// <param name="utf8">The file, with or without a byte order mark.</param>
    /// <returns>The calendar, or every problem found.</returns>
    public static CalendarReading Read(string file, int year, ReadOnlySpan<byte> utf8)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (utf8.Length > BytesMax)
            return new CalendarReading(null, [new CalendarProblem(file, 1, "", $"The file is larger than {BytesMax / 1024} KB.", "Keep only the year's days in it.")]);
        try
        {
            var lines = LineJson.Parse(file, (utf8.StartsWith("\uFEFF"u8) ? utf8[3..] : utf8).ToArray(), out var broken);
            return lines is null
                ? new CalendarReading(null, [new CalendarProblem(file, Math.Max(broken!.Line, 1), "", broken.Message, "Then load it again.")])
                : new CalendarReader(file, year, lines).Read();
        }
        catch (InvalidOperationException) // a name with half a surrogate pair
        {
            return new CalendarReading(null, [new CalendarProblem(file, 1, "", "A text holds a broken character.", "Write it anew.")]);
        }
    }

    private CalendarReading Read()
    {
        foreach (var path in lines.Duplicates.Take(ProblemsMax))
            Add(path, "This key stands twice.", "Delete one of the two.");
        if (problems.Count == 0 && lines.Root is not JsonObject)
            Add("", "The file is no JSON object.", "Begin it with {.");
        if (problems.Count > 0)
            return new CalendarReading(null, problems);

        var root = (JsonObject)lines.Root!;
        CheckKeys(root, "", rootKeys);
        if (Number(root, "year") is { } number && number != year)
            Add("year", string.Create(CultureInfo.InvariantCulture, $"The year is {number}, the file is named {year}."), "Make both the same.");
        var status = Text(root, "", "status") switch
        {
            "announced" => CalendarStatus.Announced,
            "not_announced" => CalendarStatus.NotAnnounced,
            null => (CalendarStatus?)null,
            var other => Unknown(other),
        };
        var isAnnounced = status == CalendarStatus.Announced;
        var calendar = new YearCalendar
        {
            Year = year,
            Status = status ?? CalendarStatus.NotAnnounced,
            Source = isAnnounced || root.ContainsKey("source") ? Source(root) : null,
            Holidays = Periods(root, "holidays", isAnnounced),
            MakeUpDays = MakeUps(root, isAnnounced),
            Statutory = Periods(root, "statutory", isRequired: false),
            Note = root.ContainsKey("note") ? Text(root, "", "note") : null,
        };
        if (isAnnounced && problems.Count == 0)
        {
            foreach (var (name, days) in StatutoryDays.Of(year).Where(one => !one.AnyOf.Any(day => calendar.Holidays.Any(period => period.Contains(day)))))
                Add("holidays", $"No day off of {name} is here: it is {string.Join(" or ", days.Select(Iso))}.", "Compare the list with the notice and add what is left out.");
        }

        problems.Sort(static (one, other) => one.Line.CompareTo(other.Line));
        if (IsFull)
            problems.Add(new CalendarProblem(file, problems[^1].Line, "", "There may be more problems than these.", "Mend these, then load it again."));
        return problems.Count > 0 ? new CalendarReading(null, problems) : new CalendarReading(calendar, []);
    }

    private CalendarStatus? Unknown(string status)
    {
        Add("status", $"\"{status}\" is no status.", "Write \"announced\" when the notice's days are in the file, else \"not_announced\".");
        return null;
    }

    private CalendarSource? Source(JsonObject root)
    {
        if (root["source"] is not JsonObject source)
        {
            Add("source", "The source is missing.", "Name the notice: \"source\": { \"title\", \"number\", \"url\" }.");
            return null;
        }

        CheckKeys(source, "source", ["title", "number", "url"]);
        var (title, number, url) = (Text(source, "source", "title"), Text(source, "source", "number"), Text(source, "source", "url"));
        if (url is not null && !(Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is "https" or "http"))
            Add("source.url", "This is no web address.", "Copy the address of the notice on www.gov.cn.");
        return title is null || number is null || url is null ? null : new CalendarSource(title, number, url);
    }

    private List<HolidayPeriod> Periods(JsonObject root, string key, bool isRequired)
    {
        var seen = new HashSet<DateOnly>();
        var periods = new List<HolidayPeriod>();
        foreach (var (item, path) in Items(root, key, isRequired, ["name", "from", "to"]))
        {
            var (name, from, to) = (Text(item, path, "name"), Day(item, path, "from"), Day(item, path, "to"));
            if (from > to)
                Add(path + ".to", "The last day comes before the first.", "Exchange the two.");
            // A day of another year is a problem told already; nobody walks the days up to it.
            if (name is null || from?.Year != year || to?.Year != year || from > to)
                continue;
            var period = new HolidayPeriod(name, from.Value, to.Value);
            for (var day = period.From; day <= period.To; day = day.AddDays(1))
            {
                if (seen.Add(day))
                    continue;
                Add(path, $"{Iso(day)} stands in two periods.", "Keep the day in one of them.");
                break;
            }

            periods.Add(period);
        }

        return periods;
    }

    private List<MakeUpDay> MakeUps(JsonObject root, bool isRequired)
    {
        var off = (root["holidays"] as JsonArray ?? []).OfType<JsonObject>().Select(item => (From: Peek(item, "from"), To: Peek(item, "to"))).ToList();
        var seen = new HashSet<DateOnly>();
        var days = new List<MakeUpDay>();
        foreach (var (item, path) in Items(root, "workdays", isRequired, ["name", "day"]))
        {
            var (name, found) = (Text(item, path, "name"), Day(item, path, "day"));
            if (found is not { } day)
                continue;
            if (day.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday))
                Add(path + ".day", $"{Iso(day)} is a {day.DayOfWeek}; a make-up day falls on a weekend.", "Compare it with the notice.");
            if (!seen.Add(day))
                Add(path + ".day", $"{Iso(day)} stands twice.", "Delete one of the two.");
            if (off.Exists(period => period.From <= day && day <= period.To))
                Add(path + ".day", $"{Iso(day)} is a day off in \"holidays\" too.", "Compare it with the notice and keep one.");
            if (name is not null)
                days.Add(new MakeUpDay(name, day));
        }

        return days;
    }

    private IEnumerable<(JsonObject Item, string Path)> Items(JsonObject root, string key, bool isRequired, string[] keys)
    {
        if (!root.TryGetPropertyValue(key, out var value))
        {
            if (isRequired)
                Add(key, "The list is missing.", $"Write \"{key}\": [ … ] with the notice's days, or [] when it names none.");
            yield break;
        }

        if (value is not JsonArray items)
        {
            Add(key, "This is no list.", $"Write \"{key}\": [ … ].");
            yield break;
        }

        for (var index = 0; index < items.Count && !IsFull; index++)
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"{key}[{index}]");
            if (items[index] is not JsonObject item)
            {
                Add(path, "This is no object.", "Write { … }.");
                continue;
            }

            CheckKeys(item, path, keys);
            yield return (item, path);
        }
    }

    private void CheckKeys(JsonObject value, string path, string[] known)
    {
        foreach (var (key, _) in value)
        {
            if (IsFull)
                return;
            if (!known.Contains(key, StringComparer.Ordinal))
                Add(Join(path, key), "This key is not known.", $"Known here: {string.Join(", ", known)}.");
        }
    }

    private string? Text(JsonObject value, string path, string key)
    {
        if (TextOf(value, key) is { } text && !string.IsNullOrWhiteSpace(text))
            return text;
        Add(Join(path, key), "A text is missing here.", $"Write \"{key}\": \"…\".");
        return null;
    }

    private int? Number(JsonObject value, string key)
    {
        if (value[key] is JsonValue number && number.TryGetValue<int>(out var found))
            return found;
        Add(key, "A whole number is missing here.", string.Create(CultureInfo.InvariantCulture, $"Write \"{key}\": {year}."));
        return null;
    }

    private DateOnly? Day(JsonObject value, string path, string key)
    {
        var day = Peek(value, key);
        if (day is null)
            Add(Join(path, key), "A day is missing here or does not exist.", DateRemedy);
        else if (day.Value.Year != year)
            Add(Join(path, key), string.Create(CultureInfo.InvariantCulture, $"{Iso(day.Value)} does not lie in {year}."), string.Create(CultureInfo.InvariantCulture, $"Move it to calendars/{day.Value.Year}.json."));
        return day;
    }

    private static DateOnly? Peek(JsonObject value, string key) =>
        DateOnly.TryParseExact(TextOf(value, key), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;

    private static string? TextOf(JsonObject value, string key) => value[key] is JsonValue text && text.GetValueKind() == JsonValueKind.String ? text.GetValue<string>() : null;

    private static string Join(string path, string key) => path.Length > 0 ? $"{path}.{key}" : key;

    private static string Iso(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private void Add(string key, string what, string remedy) => problems.Add(new CalendarProblem(file, lines.LineOf(key), key, what, remedy));
}
