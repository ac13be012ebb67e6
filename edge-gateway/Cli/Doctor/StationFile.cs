using System.Text;
using BodyCam.Core;

namespace BodyCam.Cli.Doctor;

/// <summary>Files beside a gateway's databases and log: whatever stands in the place of one, who looks at it comes to an end.</summary>
internal static class StationFile
{
    // Above the longest of keys and certificates.
    private const int BytesMax = 64 * 1024;

    /// <summary>All of a small text file.</summary>
    /// <exception cref="InvalidOperationException">As for <see cref="Require"/>.</exception>
    /// <exception cref="IOException">It cannot be read, or is longer than any of its kind.</exception>
    public static string Text(string path)
    {
        Require([path]);
        try
        {
            return Encoding.UTF8.GetString(BoundedFile.ReadAllBytes(path, BytesMax));
        }
        catch (IOException failure) when (failure.GetType() == typeof(IOException))
        {
            throw new IOException($"{path}: {failure.Message}", failure);
        }
    }

    /// <summary>Returns where no reader of them would wait for ever.</summary>
    /// <exception cref="InvalidOperationException">A pipe, socket or device stands in the place of one; the message says what to do.</exception>
    public static void Require(IEnumerable<string> paths)
    {
        foreach (var path in paths)
        {
            try
            {
                RegularFile.Require(path);
            }
            catch (IOException refusal)
            {
                throw new InvalidOperationException($"{path} cannot be read ({refusal.Message}): move that away, and restore the file from its backup.", refusal);
            }
        }
    }
}
