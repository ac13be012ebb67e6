namespace BodyCam.Storage;

/// <summary>Tells a disk without room from one that failed: the first passes by itself.</summary>
public static class DiskFull
{
    private const int NoSpace = 28; // ENOSPC
    private const int OverQuota = 122; // EDQUOT

    /// <summary>True when this failure, or the one below it, says that there is no room.</summary>
    public static bool Is(Exception? failure) =>
        failure is not null && ((failure is IOException && (failure.HResult & 0xFFFF) is NoSpace or OverQuota) || Is(failure.InnerException));
}
