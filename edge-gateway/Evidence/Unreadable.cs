using BodyCam.Core;

namespace BodyCam.Evidence;

/// <summary>Tells a file that stands and cannot be read from one that is gone: nothing is lost there, and nothing is to be restored before a reader with the rights has looked.</summary>
internal static class Unreadable
{
    /// <summary>Code of the finding; of a file of the log it is <see cref="LogCode"/>.</summary>
    public const string Code = "file_unreadable";

    /// <summary>The same of a file that the log needs.</summary>
    public const string LogCode = "log_unreadable";

    /// <summary>What a message ends with when only the rights are the matter.</summary>
    public const string ByUser = "cannot be read by this user: run this as the gateway's user";

    /// <summary>True when the file, or the folder it would lie in, is not there.</summary>
    public static bool IsMissing(Exception failure) => failure is FileNotFoundException or DirectoryNotFoundException;

    /// <summary>True for what a read of a file fails with.</summary>
    public static bool IsOfReading(Exception failure) => failure is IOException or UnauthorizedAccessException;

    /// <summary>Why it cannot be read and what to do, as the end of a sentence that begins with the file's name.</summary>
    /// <param name="path">Full path.</param>
    /// <param name="failure">What the read failed with; not a missing file.</param>
    public static string Words(string path, Exception failure) =>
        failure is UnauthorizedAccessException && Directory.Exists(path) ? "cannot be read: a folder stands in its place. Remove that, and restore the file from its other copy (archive or data folder) or a backup"
        : failure is UnauthorizedAccessException ? ByUser
        : RegularFile.IsRefusal(failure) ? $"cannot be read: {failure.Message}. Remove that, and restore the file from its other copy (archive or data folder) or a backup"
        : $"cannot be read ({failure.Message.TrimEnd('.')}): look at the disk, and restore it from its other copy (archive or data folder) or a backup";

    /// <summary>The same of a folder whose names cannot be read.</summary>
    public static string WordsOfFolder(Exception failure) => failure is UnauthorizedAccessException ? ByUser : $"cannot be read ({failure.Message.TrimEnd('.')}): look at the disk";
}
