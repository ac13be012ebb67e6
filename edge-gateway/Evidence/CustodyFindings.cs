using BodyCam.Core;

namespace BodyCam.Evidence;

/// <summary>What is told of a <c>custody.db</c> that is not what the log's acts give: by verify, by the doctor, and by whoever would quote it.</summary>
public static class CustodyFindings
{
    /// <summary>Code of the finding.</summary>
    public const string Code = "custody_differs";

    private const string FileName = "custody.db";

    /// <summary>One difference as a sentence.</summary>
    public static string Of(string difference) => $"{FileName} differs from what the log's acts give: {difference}.";

    /// <summary>What to do about differences of these kinds, as sentences.</summary>
    public static string Remedy(params IEnumerable<DifferenceKind> kinds)
    {
        var all = kinds.ToHashSet();
        return all.Contains(DifferenceKind.LogNotWhole) ? "Leave custody.db as it is: run 'bodycam verify' on the data folder and restore what it names of the log."
            : all.Contains(DifferenceKind.AheadOfLog) ? "The log, or the whole folder, may be an older one that was put back. Keep custody.db, and compare with the archive's log/ and with a checkpoint kept elsewhere before anything is removed."
            : "Stop the gateway, move custody.db, custody.db-wal and custody.db-shm away, keep them, and start it again: it makes custody.db anew from the log.";
    }

    /// <summary>What is told of a database that there was no room to compare: nothing is said against it.</summary>
    internal static Finding NotCompared(string name, StoreDifference difference) =>
        new(VerifyReport.NotComparedCode, FindingSeverity.Warning, null, name, null, $"{name} was not compared: {difference.What}. {StoreDifference.WhenNotCompared}");

    /// <summary>Enters the differences; one that is no database, or cannot be opened, has been named.</summary>
    internal static void Add(Task<IReadOnlyList<StoreDifference>> comparison, List<Finding> findings)
    {
        try
        {
            var differences = comparison.GetAwaiter().GetResult();
            if (!findings.Exists(static finding => finding.Path == FileName))
                findings.AddRange(differences.Select(static difference => difference.Kind == DifferenceKind.NotCompared ? NotCompared(FileName, difference) : new Finding(Code, FindingSeverity.Error, null, FileName, null, Of(difference.What)) { Difference = difference.Kind }));
        }
        catch (UnauthorizedAccessException refused)
        {
            if (findings.Exists(static finding => finding.Path == FileName))
                return;
            findings.Add(findings.Exists(static finding => finding.Code == Unreadable.LogCode)
                ? new Finding(Code, FindingSeverity.Error, null, "log", null, "custody.db was not compared: the log cannot be read. Mend that first, and verify again.")
                : new Finding(Unreadable.Code, FindingSeverity.Error, null, FileName, null, $"custody.db was not compared ({refused.Message.TrimEnd('.')}): it, or the log, cannot be read by this user. Run this as the gateway's user."));
        }
    }
}
