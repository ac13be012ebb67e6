using System.IO.Enumeration;

namespace BodyCam.Evidence;

/// <summary>Lists files below a folder and goes on where a folder cannot be read, which it names.</summary>
internal static class FolderWalk
{
    private static readonly EnumerationOptions every = new() { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false };

    /// <summary>Files by their path from the folder, with <c>/</c>; none when it is not there.</summary>
    /// <param name="root">Full path of the folder.</param>
    /// <param name="unreadable">Told the path from the folder ("" for itself) and the failure.</param>
    public static IEnumerable<string> Files(string root, Action<string, Exception> unreadable)
    {
        var due = new Stack<string>([""]);
        while (due.TryPop(out var folder))
        {
            List<(string Name, bool IsFolder)> entries;
            try
            {
                entries = [.. new FileSystemEnumerable<(string, bool)>(Path.Combine(root, folder), static (ref entry) => (entry.FileName.ToString(), entry.IsDirectory && !entry.Attributes.HasFlag(FileAttributes.ReparsePoint)), every)];
            }
            catch (Exception failure) when (Unreadable.IsOfReading(failure))
            {
                if (!Unreadable.IsMissing(failure))
                    unreadable(folder, failure);
                continue;
            }

            foreach (var (name, isFolder) in entries)
            {
                var path = folder.Length == 0 ? name : $"{folder}/{name}";
                if (isFolder)
                    due.Push(path);
                else
                    yield return path;
            }
        }
    }
}
