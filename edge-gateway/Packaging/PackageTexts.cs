namespace BodyCam.Packaging;

/// <summary>The guide and the script that go into every package.</summary>
internal static class PackageTexts
{
    public static string Script => Read("verify.sh");

    public static string Guide => Read("VERIFY.md");

    private static string Read(string name)
    {
        using var text = new StreamReader(typeof(PackageTexts).Assembly.GetManifestResourceStream("BodyCam.Packaging.Texts." + name)!);
        return text.ReadToEnd();
    }
}
