namespace BodyCam.Rules.Policies.Reading;

/// <summary>What is wrong with a file: where, and what to do.</summary>
/// <param name="File">File name.</param>
/// <param name="Line">Line, from 1; 0 for the file as a whole.</param>
/// <param name="Key">Path of the key, such as <c>rules.upload[0].limit.unit</c>; empty for the file.</param>
/// <param name="Message">What is wrong; ends with the remedy.</param>
public sealed record PolicyProblem(string File, int Line, string Key, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{File}:{Line}: {(Key.Length > 0 ? Key + ": " : "")}{Message}");
}
