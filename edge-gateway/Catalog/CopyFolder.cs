using BodyCam.Core;
using Microsoft.Data.Sqlite;

namespace BodyCam.Catalog;

/// <summary>A copy could not be written, or a gateway wrote into what was to be copied each time: nothing is said of that.</summary>
public sealed class CopyFailedException(string message, Exception? cause = null) : IOException(message, cause);

/// <summary>Where copies of databases go to be read: for this user only, below the folder for temporary files; made for the first copy and removed with all of them.</summary>
public sealed class CopyFolder : IDisposable
{
    private string? made;

    /// <summary>The folder.</summary>
    /// <exception cref="CopyFailedException">It cannot be made.</exception>
    public string Make() => made ??= Written(static () => Directory.CreateTempSubdirectory("bodycam-compare-").FullName);

    /// <summary>Does what writes into it.</summary>
    /// <exception cref="CopyFailedException">It could not be written.</exception>
    public static T Written<T>(Func<T> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        try
        {
            return write();
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new CopyFailedException(refused.Message, refused);
        }
    }

    /// <summary>True for a failure that is of this folder or of its disk, and says nothing of the database. Before a copy is made none of SQLite's is: what a gateway makes is read without a temporary file.</summary>
    public bool IsAtFault(Exception failure) =>
        failure is CopyFailedException || (made is not null && failure is SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_FULL or SQLitePCL.raw.SQLITE_IOERR });

    /// <summary>What is told of such a failure.</summary>
    public static StoreDifference NotCompared(Exception failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        var folder = $"the folder for temporary files, {Path.GetTempPath()}";
        return new StoreDifference(failure is CopyFailedException { InnerException: null } ? $"{failure.Message} to {folder}" : $"{folder}, takes no copy of it ({failure.Message.TrimEnd('.')})", DifferenceKind.NotCompared);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (made is null)
            return;
        try
        {
            Directory.Delete(made, recursive: true);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // What was found is told all the same; what stays there is for this user only.
        }
    }
}
