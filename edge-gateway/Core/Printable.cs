using System.Globalization;

namespace BodyCam.Core;

/// <summary>Words of a file or a package as a terminal may have them.</summary>
public static class Printable
{
    /// <summary>The text on one line: each line end, code that a terminal follows, and character that is not seen is shown as U+FFFD.</summary>
    public static string Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Any(IsUnseen) ? string.Concat(text.Select(static character => IsUnseen(character) ? '\uFFFD' : character)) : text;
    }

    // Line and paragraph separators, and what changes the direction of writing, are among them.
    private static bool IsUnseen(char character) => char.GetUnicodeCategory(character) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
