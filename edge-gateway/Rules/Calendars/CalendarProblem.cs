using System.Globalization;

namespace BodyCam.Rules.Calendars;

/// <summary>Something wrong in a calendar file. The year of the file is not counted with until it is mended.</summary>
/// <param name="File">Name of the file.</param>
/// <param name="Line">Line, from 1.</param>
/// <param name="Key">Where in the file, such as <c>holidays[2].to</c>; empty for the file itself.</param>
/// <param name="What">What is wrong.</param>
/// <param name="Remedy">What to do.</param>
public sealed record CalendarProblem(string File, int Line, string Key, string What, string Remedy)
{
    /// <summary>One line for people.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{File}:{Line}: {(Key.Length > 0 ? Key + ": " : "")}{What} {Remedy}");
}

/// <summary>What reading a calendar file gave: a calendar, or problems; never both.</summary>
/// <param name="Calendar">The calendar; null when there are problems.</param>
/// <param name="Problems">Every problem found, in the order of the file; of more than 100 the first, and that there may be more.</param>
public sealed record CalendarReading(YearCalendar? Calendar, IReadOnlyList<CalendarProblem> Problems);
