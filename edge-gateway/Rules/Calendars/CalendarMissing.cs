using System.Globalization;

namespace BodyCam.Rules.Calendars;

/// <summary>Why a year cannot be counted with.</summary>
public enum CalendarMissingReason
{
    /// <summary>There is no file for the year.</summary>
    NoFile,

    /// <summary>The file says that the notice is not announced.</summary>
    NotAnnounced,

    /// <summary>The file has problems.</summary>
    Faulty,
}

/// <summary>The alarm of a count that reaches into a year without a calendar. No date is guessed.</summary>
/// <param name="Year">The year that is missing.</param>
/// <param name="Reason">Why.</param>
public sealed record CalendarMissing(int Year, CalendarMissingReason Reason)
{
    /// <summary>Words for people in Chinese; they end with what to do.</summary>
    public string Words
    {
        get
        {
            var year = Year.ToString(CultureInfo.InvariantCulture);
            var todo = $"请将国务院办公厅关于{year}年部分节假日安排的通知所列放假和补班日期填入 calendars/{year}.json，并将 status 改为 announced。";
            return Reason switch
            {
                CalendarMissingReason.NoFile => $"缺少{year}年工作日历，无法计算到期日。{todo}",
                CalendarMissingReason.NotAnnounced => $"{year}年放假安排尚未公布或者尚未录入，无法计算到期日。{todo}",
                _ => $"{year}年工作日历文件有错误，未予采用，无法计算到期日。请按提示的行号改正 calendars/{year}.json。",
            };
        }
    }
}
