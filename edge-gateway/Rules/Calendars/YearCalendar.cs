namespace BodyCam.Rules.Calendars;

/// <summary>Whether the State Council's notice for a year is in the file.</summary>
public enum CalendarStatus
{
    /// <summary>The notice's days are in the file; it is counted with.</summary>
    Announced,

    /// <summary>No notice yet: nothing in the file is counted with.</summary>
    NotAnnounced,
}

/// <summary>The notice that a calendar was taken from.</summary>
/// <param name="Title">Title of the notice.</param>
/// <param name="Number">Number of the document, such as 国办发明电〔2025〕7号.</param>
/// <param name="Url">Where it was published.</param>
public sealed record CalendarSource(string Title, string Number, string Url);

/// <summary>Days off, first and last included.</summary>
/// <param name="Name">Name of the holiday, such as 春节.</param>
/// <param name="From">First day.</param>
/// <param name="To">Last day.</param>
public sealed record HolidayPeriod(string Name, DateOnly From, DateOnly To)
{
    /// <summary>True when the day lies in the period.</summary>
    public bool Contains(DateOnly day) => day >= From && day <= To;
}

/// <summary>A Saturday or Sunday on which people work (补班).</summary>
/// <param name="Name">Name of the holiday that it makes up for.</param>
/// <param name="Day">The day.</param>
public sealed record MakeUpDay(string Name, DateOnly Day);

/// <summary>The working days of one year: data, read from <c>calendars/&lt;year&gt;.json</c>.</summary>
public sealed record YearCalendar
{
    /// <summary>Year, 2000..2199.</summary>
    public required int Year { get; init; }

    /// <summary>Whether it may be counted with.</summary>
    public required CalendarStatus Status { get; init; }

    /// <summary>The notice; never null when announced.</summary>
    public CalendarSource? Source { get; init; }

    /// <summary>Days off of the notice, weekends within them included; in the order of the file, without overlap.</summary>
    public IReadOnlyList<HolidayPeriod> Holidays { get; init; } = [];

    /// <summary>Make-up working days of the notice.</summary>
    public IReadOnlyList<MakeUpDay> MakeUpDays { get; init; } = [];

    /// <summary>Statutory days (全国年节及纪念日放假办法) of a year without notice: for people to read, never counted with.</summary>
    public IReadOnlyList<HolidayPeriod> Statutory { get; init; } = [];

    /// <summary>A remark for people; null for none.</summary>
    public string? Note { get; init; }
}
