using System.Reflection;

namespace BodyCam.Nano.Tests;

/// <summary>Where the compiled inputs lie.</summary>
internal static class Files
{
    public static string Reference => At("reference", "BodyCam.Nano.dll");

    public static string Facade => At("facade", "BodyCam.Nano.dll");

    public static string Hazards => At("firmware", "Nano.Hazards.dll");

    public static string Firmware => At("firmware", "BodyCam.Firmware.dll");

    public static string ApiTable => InRepository("firmware", "Nano", "api.tsv");

    public static string InRepository(params string[] path) => Path.Combine(
        [typeof(Files).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryFolder").Value!, .. path]);

    private static string At(string folder, string file) => Path.Combine(AppContext.BaseDirectory, folder, file);
}
