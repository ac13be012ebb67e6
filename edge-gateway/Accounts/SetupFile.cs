using System.Security.Cryptography;
using System.Text;

namespace BodyCam.Accounts;

/// <summary>The file that holds the set-up code, mode 0600, in the keys folder: who can read it may make the first administrator.</summary>
/// <param name="folder">The keys folder; null for a store in memory, which has no file.</param>
internal sealed class SetupFile(string? folder)
{
    public const string FileName = "setup-code.txt";

    private readonly string? path = folder is null ? null : Path.Combine(folder, FileName);

    public static string NewCode() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(10));

    /// <summary>The code; null when there is no file, or one that the command left as another system user's: it is replaced, and a start does not fail over it.</summary>
    public string? Read()
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path, Encoding.ASCII).Trim() : null;
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Writes the code, whole or not at all.</summary>
    public void Write(string code)
    {
        if (path is null)
            return;
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        File.Delete(path + ".tmp");
        using (var file = new FileStream(path + ".tmp", options))
            file.Write(Encoding.ASCII.GetBytes(code + "\n"));
        File.Move(path + ".tmp", path, overwrite: true);
    }

    /// <summary>Removes the file, if there is one.</summary>
    public void Remove()
    {
        if (path is not null)
            File.Delete(path);
    }
}
