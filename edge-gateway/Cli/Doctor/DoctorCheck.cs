using BodyCam.Core;

namespace BodyCam.Cli.Doctor;

/// <summary>How a check came out.</summary>
internal enum DoctorGrade
{
    Passed,
    Warned,
    Failed,
}

/// <summary>One check.</summary>
/// <param name="Name">What was looked at.</param>
/// <param name="Grade">How it came out.</param>
/// <param name="Found">Figures, for people.</param>
/// <param name="Remedy">What to do; empty when passed.</param>
internal sealed record DoctorCheck(string Name, DoctorGrade Grade, string Found, string Remedy)
{
    /// <summary>Figures, for people, on one line: what stands in a file or in its name writes nothing else to a terminal.</summary>
    public string Found { get; init => field = Printable.Of(value); } = Printable.Of(Found);

    /// <summary>What to do; empty when passed.</summary>
    public string Remedy { get; init => field = Printable.Of(value); } = Printable.Of(Remedy);

    public static DoctorCheck Passed(string name, string found) => new(name, DoctorGrade.Passed, found, "");

    public static DoctorCheck Warned(string name, string found, string remedy) => new(name, DoctorGrade.Warned, found, remedy);

    public static DoctorCheck Failed(string name, string found, string remedy) => new(name, DoctorGrade.Failed, found, remedy);
}
