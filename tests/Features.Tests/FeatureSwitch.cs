namespace BodyCam.Features.Tests;

/// <summary>The switch that each assembly of the copy gets: it asks which feature this process has to do without.</summary>
internal static class FeatureSwitch
{
    /// <summary>Build file that adds it, in the copy's root.</summary>
    public const string Targets = "Switch.targets";

    /// <summary>Variable with the feature that is off.</summary>
    public const string Variable = "BODYCAM_FEATURE_OFF";

    /// <summary>Writes it into a copy of the source. Firmware sees nothing of .NET but what the board has, so the board's library asks for it: the one it is compiled against only declares the switch, the one it runs on has it.</summary>
    public static void Write(string copy)
    {
        File.WriteAllText(Path.Combine(copy, "Switch.cs"), Class("internal", $"System.Environment.GetEnvironmentVariable(\"{Variable}\") == feature"));
        File.WriteAllText(Path.Combine(copy, "SwitchDeclared.cs"), Class("public", "false"));
        File.WriteAllText(Path.Combine(copy, "SwitchOfBoard.cs"), Class("public", $$"""(string)System.Type.GetType("System.Environment, System.Private.CoreLib").GetMethod("GetEnvironmentVariable", new[] { typeof(string) }).Invoke(null, new object[] { "{{Variable}}" }) == feature"""));
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

    private static string Class(string access, string isOff) => $"{access} static class BodyCamFeatures {{ {access} static bool IsOff(string feature) {{ return {isOff}; }} }}\n";
}
