using BodyCam.Evidence;

namespace BodyCam.Cli;

/// <summary>Exit codes of every command; documented in edge-gateway/docs/operations.md, and they only grow.</summary>
internal static class ExitCode
{
    /// <summary>Done; for <c>verify</c>: verified against an anchor from outside.</summary>
    public const int Done = 0;

    /// <summary>Something that was checked is wrong: a finding of <c>verify</c>, a demo that did not come out whole, a failed check of <c>doctor</c>.</summary>
    public const int Failed = 1;

    /// <summary>The command could not run: bad arguments, missing files, a port in use.</summary>
    public const int Usage = 2;

    /// <summary><c>verify</c>: nothing is wrong in what was checked, but not everything could be: no anchor from outside, an archive that lacks what the log names, or no room to compare a database.</summary>
    public const int NotAllShown = 3;

    /// <summary>Ended by Ctrl-C before it was done.</summary>
    public const int Interrupted = 130;

    /// <summary>The one of a verdict of <c>verify</c>.</summary>
    public static int Of(VerifyVerdict verdict) => verdict switch
    {
        VerifyVerdict.Verified => Done,
        VerifyVerdict.Partial or VerifyVerdict.ConsistentSignerNotEstablished => NotAllShown,
        _ => Failed,
    };
}
