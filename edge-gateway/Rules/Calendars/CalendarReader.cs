using System.Globalization;
using System.Text.Json;

namespace BodyCam.Rules.Calendars;

/// <summary>Reads one calendar file. A file with any problem gives no calendar: nothing is half-loaded.</summary>
public sealed class CalendarReader
{
    /// <summary>Largest file that is read, in bytes; a year needs about 2 KB.</summary>
    public const int BytesMax = 256 * 1024;

    private const string DateRemedy = "Write a day of the year as \"yyyy-MM-dd\".";
    private static readonly string[] rootKeys = ["year", "status", "source", "holidays", "workdays", "statutory", "note"];

    private readonly List<CalendarProblem> problems = [];
    private readonly string file;
    private readonly int year;

    private CalendarReader(string file, int year) => (this.file, this.year) = (file, year);

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
            var root = LineJson.Read(utf8.StartsWith("\uFEFF"u8) ? utf8[3..] : utf8);
            return new CalendarReader(file, year).Read(root);
        }
        catch (JsonException broken)
        {
            return new CalendarReading(null, [new CalendarProblem(file, (int)(broken.LineNumber ?? 0) + 1, "", "The file is not JSON here.", "Look for a missing comma, quote or bracket in this line or the one before.")]);
        }
        catch (InvalidOperationException) // a string that is not UTF-8
        {
            return new CalendarReading(null, [new CalendarProblem(file, 1, "", "The file is not UTF-8.", "Save it as UTF-8.")]);
        }
    }

    private CalendarReading Read(LineJson root)
    {
        if (root.Kind != JsonTokenType.StartObject)
        {
            Add(root.Line, "", "The file is no JSON object.", "Begin it with {.");
            return new CalendarReading(null, problems);
        }

        CheckKeys(root, "", rootKeys);
        var written = Number(root, "year");
        if (written is { } number && number != year)
            Add(Line(root, "year"), "year", string.Create(CultureInfo.InvariantCulture, $"The year is {number}, the file is named {year}."), "Make both the same.");
        var status = Text(root, "", "status") switch
        {
            "announced" => CalendarStatus.Announced,
            "not_announced" => CalendarStatus.NotAnnounced,
            null => (CalendarStatus?)null,
            var other => Unknown(root, other),
        };
        var calendar = new YearCalendar
        {
            Year = year,
            Status = status ?? CalendarStatus.NotAnnounced,
            Source = status == CalendarStatus.Announced || Find(root, "source") is not null ? Source(root) : null,
            Holidays = Periods(root, "holidays", status == CalendarStatus.Announced),
            MakeUpDays = MakeUps(root, status == CalendarStatus.Announced),
            Statutory = Periods(root, "statutory", isRequired: false),
            Note = Find(root, "note") is null ? null : Text(root, "", "note"),
        };
        problems.Sort(static (one, other) => one.Line.CompareTo(other.Line));
        return problems.Count > 0 ? new CalendarReading(null, problems) : new CalendarReading(calendar, []);
    }

    private CalendarStatus? Unknown(LineJson root, string status)
    {
        Add(Line(root, "status"), "status", $"\"{status}\" is no status.", "Write \"announced\" when the notice's days are in the file, else \"not_announced\".");
        return null;
    }

    private CalendarSource? Source(LineJson root)
    {
        if (Find(root, "source") is not { } member)
        {
            Add(root.Line, "source", "The source is missing.", "Name the notice: \"source\": { \"title\", \"number\", \"url\" }.");
            return null;
        }

        if (!IsObject(member.Value, "source"))
            return null;
        CheckKeys(member.Value, "source", ["title", "number", "url"]);
        var (title, number, url) = (Text(member.Value, "source", "title"), Text(member.Value, "source", "number"), Text(member.Value, "source", "url"));
        if (url is not null && !(Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is "https" or "http"))
            Add(Line(member.Value, "url"), "source.url", "This is no web address.", "Copy the address of the notice on www.gov.cn.");
        return title is null || number is null || url is null ? null : new CalendarSource(title, number, url);
    }

    private List<HolidayPeriod> Periods(LineJson root, string key, bool isRequired)
    {
        var seen = new HashSet<DateOnly>();
        var periods = new List<HolidayPeriod>();
        foreach (var (item, path) in Items(root, key, isRequired, ["name", "from", "to"]))
        {
            var (name, from, to) = (Text(item, path, "name"), Day(item, path, "from"), Day(item, path, "to"));
            if (from > to)
                Add(Line(item, "to"), path + ".to", "The last day comes before the first.", "Exchange the two.");
            if (name is null || from is null || to is null || from > to)
                continue;
            var period = new HolidayPeriod(name, from.Value, to.Value);
            for (var day = period.From; day <= period.To; day = day.AddDays(1))
            {
                if (seen.Add(day))
                    continue;
                Add(item.Line, path, $"{Iso(day)} stands in two periods.", "Keep the day in one of them.");
                break;
            }

            periods.Add(period);
        }

        return periods;
    }

    private List<MakeUpDay> MakeUps(LineJson root, bool isRequired)
    {
        var off = (Find(root, "holidays")?.Value.Items ?? []).Select(item => (From: Peek(item, "from"), To: Peek(item, "to"))).ToList();
        var seen = new HashSet<DateOnly>();
        var days = new List<MakeUpDay>();
        foreach (var (item, path) in Items(root, "workdays", isRequired, ["name", "day"]))
        {
            var (name, found) = (Text(item, path, "name"), Day(item, path, "day"));
            if (found is not { } day)
                continue;
            var line = Line(item, "day");
            if (day.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday))
                Add(line, path + ".day", $"{Iso(day)} is a {day.DayOfWeek}; a make-up day falls on a weekend.", "Compare it with the notice.");
            if (!seen.Add(day))
                Add(line, path + ".day", $"{Iso(day)} stands twice.", "Delete one of the two.");
            if (off.Exists(period => period.From <= day && day <= period.To))
                Add(line, path + ".day", $"{Iso(day)} is a day off in \"holidays\" too.", "Compare it with the notice and keep one.");
            if (name is not null)
                days.Add(new MakeUpDay(name, day));
        }

        return days;
    }

    private IEnumerable<(LineJson Item, string Path)> Items(LineJson root, string key, bool isRequired, string[] keys)
    {
        if (Find(root, key) is not { } member)
        {
            if (isRequired)
                Add(root.Line, key, "The list is missing.", $"Write \"{key}\": [ … ] with the notice's days, or [] when it names none.");
            yield break;
        }

        if (member.Value.Kind != JsonTokenType.StartArray)
        {
            Add(member.Line, key, "This is no list.", $"Write \"{key}\": [ … ].");
            yield break;
        }

        for (var index = 0; index < member.Value.Items.Count; index++)
        {
            var (item, path) = (member.Value.Items[index], string.Create(CultureInfo.InvariantCulture, $"{key}[{index}]"));
            if (!IsObject(item, path))
                continue;
            CheckKeys(item, path, keys);
            yield return (item, path);
        }
    }

    private void CheckKeys(LineJson value, string path, string[] known)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in value.Members)
        {
            if (!known.Contains(member.Key, StringComparer.Ordinal))
                Add(member.Line, Join(path, member.Key), "This key is not known.", $"Known here: {string.Join(", ", known)}.");
            else if (!seen.Add(member.Key))
                Add(member.Line, Join(path, member.Key), "This key stands twice.", "Delete one of the two.");
        }
    }

    private bool IsObject(LineJson value, string path)
    {
        if (value.Kind == JsonTokenType.StartObject)
            return true;
        Add(value.Line, path, "This is no object.", "Write { … }.");
        return false;
    }

    private string? Text(LineJson value, string path, string key)
    {
        if (Find(value, key) is { Value: { Kind: JsonTokenType.String } text } && !string.IsNullOrWhiteSpace(text.Text))
            return text.Text;
        Add(Line(value, key), Join(path, key), "A text is missing here.", $"Write \"{key}\": \"…\".");
        return null;
    }

    private int? Number(LineJson value, string key)
    {
        if (Find(value, key) is { Value: { Kind: JsonTokenType.Number } number } && int.TryParse(number.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var found))
            return found;
        Add(Line(value, key), key, "A whole number is missing here.", string.Create(CultureInfo.InvariantCulture, $"Write \"{key}\": {year}."));
        return null;
    }

    private DateOnly? Day(LineJson value, string path, string key)
    {
        var day = Peek(value, key);
        if (day is null)
            Add(Line(value, key), Join(path, key), "A day is missing here or does not exist.", DateRemedy);
        else if (day.Value.Year != year)
            Add(Line(value, key), Join(path, key), string.Create(CultureInfo.InvariantCulture, $"{Iso(day.Value)} does not lie in {year}."), string.Create(CultureInfo.InvariantCulture, $"Move it to calendars/{day.Value.Year}.json."));
        return day;
    }

    private static DateOnly? Peek(LineJson value, string key) =>
        Find(value, key) is { Value: { Kind: JsonTokenType.String } text } && DateOnly.TryParseExact(text.Text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;

    private static LineMember? Find(LineJson value, string key) => value.Members.FirstOrDefault(member => member.Key == key);

    private static int Line(LineJson value, string key) => Find(value, key)?.Line ?? value.Line;

    private static string Join(string path, string key) => path.Length > 0 ? $"{path}.{key}" : key;

    private static string Iso(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private void Add(int line, string key, string what, string remedy) => problems.Add(new CalendarProblem(file, line, key, what, remedy));
}
