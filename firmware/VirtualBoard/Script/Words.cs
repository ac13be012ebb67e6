using System.Globalization;

namespace BodyCam.VirtualBoard;

/// <summary>The words of one command, taken one after another.</summary>
internal sealed class Words
{
    private readonly List<string> _words = [];
    private readonly string _folder;
    private int _next;

    internal Words(string text, string folder)
    {
        _folder = folder;
        foreach ((int i, string part) in text.Split('"').Index())
        {
            if (i % 2 == 1) _words.Add(part);
            else _words.AddRange(part.Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries));
        }
    }

    internal bool More => _next < _words.Count;

    internal string Next(bool keepCase = false)
    {
        string word = More ? _words[_next] : "";
        _next++;
        return keepCase ? word : word.ToLowerInvariant();
    }

    /// <summary>The complaint about the word taken last.</summary>
    internal CommandException Unknown(string allowed)
    {
        string word = _next <= _words.Count ? $"'{_words[_next - 1]}' is not understood" : "a word is missing at the end";
        return new CommandException($"{word}. Allowed: {allowed}.");
    }

    internal void Expect(string word)
    {
        if (Next() != word) throw Unknown(word);
    }

    internal void End()
    {
        if (!More) return;
        _next++;
        throw Unknown("the end of the line");
    }

    internal Action<Board> Choose(params (string Word, Action<Board> Run)[] choices)
    {
        string word = Next();
        foreach ((string choice, Action<Board> run) in choices)
        {
            if (choice == word) return run;
        }
        throw Unknown(string.Join(", ", choices.Select(choice => choice.Word)));
    }

    internal int Number(int min, int max)
    {
        string word = Next();
        bool hex = word.StartsWith("0x", StringComparison.Ordinal);
        if (int.TryParse(hex ? word[2..] : word, hex ? NumberStyles.HexNumber : NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) && number >= min && number <= max) return number;
        throw Unknown($"a whole number from {min} to {max}");
    }

    /// <summary>A span such as <c>2s</c>, <c>250ms</c>, <c>5min</c>, <c>1.5h</c>, <c>-3s</c>.</summary>
    internal TimeSpan Duration()
    {
        string word = Next();
        foreach ((string unit, double seconds) in (ReadOnlySpan<(string, double)>)[("ms", 0.001), ("min", 60), ("s", 1), ("h", 3600)])
        {
            if (word.EndsWith(unit, StringComparison.Ordinal) && double.TryParse(word[..^unit.Length], NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && Math.Abs(value * seconds) < 1e9)
                return TimeSpan.FromSeconds(value * seconds);
        }
        throw Unknown("a number with ms, s, min or h, such as 2s");
    }

    internal string Path()
    {
        string word = Next(keepCase: true);
        return word.Length > 0 ? System.IO.Path.GetFullPath(System.IO.Path.Combine(_folder, word)) : throw Unknown("a path");
    }

    /// <summary>A file or folder that exists beside the script or among the footage beside the program.</summary>
    internal string ExistingFile()
    {
        string path = Path();
        if (File.Exists(path) || Directory.Exists(path)) return path;
        string footage = System.IO.Path.Combine(Footage.Folder, _words[_next - 1]);
        if (File.Exists(footage)) return footage;
        string known = Directory.Exists(Footage.Folder) ? string.Join(", ", Directory.GetFiles(Footage.Folder).Select(System.IO.Path.GetFileName).Order(StringComparer.Ordinal)) : "";
        throw Unknown("a file that exists" + (known.Length > 0 ? ", or of the footage: " + known : ""));
    }
}
