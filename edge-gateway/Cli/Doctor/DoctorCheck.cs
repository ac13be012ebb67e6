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
    public static DoctorCheck Passed(string name, string found) => new(name, DoctorGrade.Passed, found, "");

    public static DoctorCheck Warned(string name, string found, string remedy) => new(name, DoctorGrade.Warned, found, remedy);

    public static DoctorCheck Failed(string name, string found, string remedy) => new(name, DoctorGrade.Failed, found, remedy);
}
