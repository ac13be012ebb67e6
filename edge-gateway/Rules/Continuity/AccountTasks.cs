using System.Globalization;
using BodyCam.Rules.Policies;

namespace BodyCam.Rules.Continuity;

/// <summary>Unexplained gaps become tasks: one for each stretch of neighbouring rows (seams that nobody confirmed included).</summary>
internal static class AccountTasks
{
    private const LedgerFlags Open = LedgerFlags.NotConfirmed | LedgerFlags.Rejected | LedgerFlags.NotAdmitted | LedgerFlags.NotReviewed;

    /// <summary>Tasks in the order of time.</summary>
    public static IReadOnlyList<AccountTask> Of(ContinuityInput input, IReadOnlyList<LedgerRow> rows)
    {
        var tasks = new List<AccountTask>();
        var stretch = new List<LedgerRow>();
        foreach (var row in rows)
        {
            if (Wants(row, input.Policy.Rules.Continuity.HoleMaxMs * 1000L))
            {
                stretch.Add(row);
                continue;
            }

            Close(input, stretch, tasks);
        }

        Close(input, stretch, tasks);
        return tasks;
    }

    // Two recorders' clocks seldom agree to the microsecond: an edge no longer than a hole that still counts as footage asks for no account of its own.
    private static bool Wants(LedgerRow row, long holeMaxUs) =>
        row.Kind == LedgerKind.Unexplained || (row.Kind == LedgerKind.Seam && (row.Flags & Open) != LedgerFlags.None && (row.Recorders.Count == 0 || row.LengthUs > holeMaxUs));

    private static void Close(ContinuityInput input, List<LedgerRow> stretch, List<AccountTask> tasks)
    {
        if (stretch.Count == 0)
            return;
        var rule = input.Policy.Rules.Continuity;
        var flags = stretch.Aggregate(LedgerFlags.None, static (sum, row) => sum | row.Flags);
        var atOnce = rule.ReportAtOnce && flags.HasFlag(LedgerFlags.NotResumed);
        tasks.Add(new AccountTask(stretch[0].FromUs, stretch[^1].ToUs, input.Recorders[0].Id, Why(stretch, flags, atOnce), [.. stretch.SelectMany(static row => row.Articles).Distinct(StringComparer.Ordinal)], rule.ReportTo, atOnce));
        stretch.Clear();
    }

    private static string Why(List<LedgerRow> stretch, LedgerFlags flags, bool atOnce)
    {
        var seconds = (stretch[^1].ToUs - stretch[0].FromUs) / 1e6;
        var reasons = stretch.Select(static row => row.Reason).OfType<string>().Distinct(StringComparer.Ordinal).Select(InterruptionReasons.Name);
        var said = string.Join('、', reasons);
        var text = string.Create(CultureInfo.InvariantCulture, $"{seconds:F1} 秒未记录");
        text += said.Length > 0 ? $"，原因：{said}" : "，原因不明";
        text += flags switch
        {
            _ when flags.HasFlag(LedgerFlags.FootageLost) => "；已录制的分段缺失（" + string.Join('；', stretch.SelectMany(static row => row.Lost).Distinct(StringComparer.Ordinal)) + "）",
            _ when flags.HasFlag(LedgerFlags.SilentNote) => "；语音说明无声",
            _ when flags.HasFlag(LedgerFlags.NoNote) => "；恢复记录时没有语音说明",
            _ when flags.HasFlag(LedgerFlags.Rejected) => "；所述原因未被认可",
            _ when flags.HasFlag(LedgerFlags.NotReviewed) => "；工作记录尚未审核",
            _ when flags.HasFlag(LedgerFlags.NotAdmitted) => "；制度不允许因此中断",
            _ when flags.HasFlag(LedgerFlags.NotConfirmed) => "；尚未经人确认",
            _ => "",
        };
        // Spoken, admitted, resumed: all that lacks is that a person listens to it.
        var lacksPersonOnly = stretch.TrueForAll(static row => row.Note is { IsSilent: false } && row.Reason is not null && (row.Flags & ~(LedgerFlags.NotConfirmed | LedgerFlags.ClockContradiction | LedgerFlags.LengthUnknown)) == LedgerFlags.None);
        if (flags.HasFlag(LedgerFlags.FootageLost))
            text += "。请先从执法记录仪或者存储卡补传缺失的分段，不能补传的一并书面说明";
        return text + (atOnce ? "。未能恢复记录：请立即报告，并书面说明情况。" : lacksPersonOnly ? "。请听取语音说明并确认。" : "。请书面说明情况，并由有权人员确认。");
    }
}
