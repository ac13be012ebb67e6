namespace BodyCam.Features.Tests;

/// <summary>The switch that each assembly of the copy gets: it asks which feature this process has to do without.</summary>
internal static class FeatureSwitch
{
    /// <summary>Build file that adds it, in the copy's root.</summary>
    public const string Targets = "Switch.targets";

    /// <summary>Variable with the feature that is off.</summary>
    public const string OffVariable = "BODYCAM_FEATURE_OFF";

    /// <summary>Variable with the file into which the switches that were asked are written, one a line; those of firmware are not.</summary>
    public const string AskedVariable = "BODYCAM_FEATURES_ASKED";

    /// <summary>Writes it into a copy of the source. Firmware sees nothing of .NET but what the board has, so the board's library asks for it: the one it is compiled against only declares the switch, the one it runs on has it.</summary>
    public static void Write(string copy)
    {
        File.WriteAllText(Path.Combine(copy, "Switch.cs"), $$"""
            internal static class BodyCamFeatures
            {
                private static readonly string off = System.Environment.GetEnvironmentVariable("{{OffVariable}}");
                private static readonly string file = System.Environment.GetEnvironmentVariable("{{AskedVariable}}");
                private static readonly System.Collections.Concurrent.ConcurrentDictionary<string, bool> asked = new System.Collections.Concurrent.ConcurrentDictionary<string, bool>();

                internal static bool IsOff(string feature)
                {
                    if (file != null && file.Length > 0 && asked.TryAdd(feature, true))
                        lock (typeof(string)) System.IO.File.AppendAllText(file, feature + "\n");
                    return off == feature;
                }
            }
            """);
        File.WriteAllText(Path.Combine(copy, "SwitchDeclared.cs"), OfBoard("false"));
        File.WriteAllText(Path.Combine(copy, "SwitchOfBoard.cs"), OfBoard($$"""(string)System.Type.GetType("System.Environment, System.Private.CoreLib").GetMethod("GetEnvironmentVariable", new[] { typeof(string) }).Invoke(null, new object[] { "{{OffVariable}}" }) == feature"""));
        File.WriteAllText(Path.Combine(copy, Targets), """
            <Project>
              <ItemGroup Condition="'$(MSBuildProjectExtension)' == '.csproj'">
                <Compile Include="$(MSBuildThisFileDirectory)SwitchDeclared.cs" Condition="'$(MSBuildProjectName)' == 'BodyCam.Nano'" />
                <Compile Include="$(MSBuildThisFileDirectory)SwitchOfBoard.cs" Condition="'$(MSBuildProjectName)' == 'BodyCam.Nano.Facade'" />
                <Compile Include="$(MSBuildThisFileDirectory)Switch.cs" Condition="'$(MSBuildProjectName)' != 'BodyCam.Nano' and '$(MSBuildProjectName)' != 'BodyCam.Nano.Facade' and '$(MSBuildProjectName)' != 'BodyCam.Firmware'" />
              </ItemGroup>
            </Project>
            """);
    }

    private static string OfBoard(string isOff) => $"public static class BodyCamFeatures {{ public static bool IsOff(string feature) {{ return {isOff}; }} }}\n";
}
