using Mono.Cecil;

namespace BodyCam.Nano.Tests;

/// <summary>The table of every declared member with the package that has it and the source commit in which it was read.</summary>
internal static class ApiTable
{
    private static readonly (string Prefix, string Package, string Version, string Source)[] Packages =
    [
        ("System.Collections.Hashtable", "nanoFramework.System.Collections", "1.5.75", "nanoframework/System.Collections@c334f95"),
        ("System.Collections.Queue", "nanoFramework.System.Collections", "1.5.75", "nanoframework/System.Collections@c334f95"),
        ("System.Text.", "nanoFramework.System.Text", "1.3.42", "nanoframework/System.Text@4c12b0e"),
        ("System.Environment", "nanoFramework.Runtime.Native", "1.7.11", "nanoframework/nanoFramework.Runtime.Native@a7c24bd"),
        ("nanoFramework.Runtime.Native.", "nanoFramework.Runtime.Native", "1.7.11", "nanoframework/nanoFramework.Runtime.Native@a7c24bd"),
        ("System.IO.IOException", "nanoFramework.CoreLibrary", "1.17.11", "nanoframework/CoreLibrary@5e37889"),
        ("System.IO.Stream", "nanoFramework.System.IO.Streams", "1.1.96", "nanoframework/System.IO.Streams@ff384f9"),
        ("System.IO.SeekOrigin", "nanoFramework.System.IO.Streams", "1.1.96", "nanoframework/System.IO.Streams@ff384f9"),
        ("System.IO.", "nanoFramework.System.IO.FileSystem", "1.1.93", "nanoframework/System.IO.FileSystem@434b26c"),
        ("nanoFramework.System.IO.", "nanoFramework.System.IO.FileSystem", "1.1.93", "nanoframework/System.IO.FileSystem@434b26c"),
        ("System.Device.Gpio.", "nanoFramework.System.Device.Gpio", "1.1.57", "nanoframework/System.Device.Gpio@8b832b8"),
        ("System.Device.Spi.", "nanoFramework.System.Device.Spi", "1.3.82", "nanoframework/System.Device.Spi@72f3a12"),
        ("System.Device.I2c.", "nanoFramework.System.Device.I2c", "1.1.29", "nanoframework/System.Device.I2c@f0f98ec"),
        ("System.Device.I2s.", "nanoFramework.System.Device.I2s", "1.0.28", "nanoframework/System.Device.I2s@d0510b0"),
        ("System.Device.Adc.", "nanoFramework.System.Device.Adc", "1.1.24", "nanoframework/System.Device.Adc@a5c8495"),
        ("System.Device.Pwm.", "nanoFramework.System.Device.Pwm", "1.1.23", "nanoframework/System.Device.Pwm@8a237a3"),
        ("System.Device.Wifi.", "nanoFramework.System.Device.Wifi", "1.5.149", "nanoframework/System.Device.Wifi@282a906"),
        ("nanoFramework.Networking.Sntp", "nanoFramework.Networking.Sntp", "1.6.42", "nanoframework/nanoFramework.Networking.Sntp@c4ca3fb"),
        ("System.Net.", "nanoFramework.System.Net", "1.11.60", "nanoframework/System.Net@713b02c"),
        ("System.Security.Cryptography.X509Certificates.", "nanoFramework.System.Net", "1.11.60", "nanoframework/System.Net@713b02c"),
        ("System.Security.Cryptography.", "nanoFramework.System.Security.Cryptography", "1.0.43", "nanoframework/System.Security.Cryptography@04ba752"),
        ("nanoFramework.M2Mqtt.", "nanoFramework.M2Mqtt", "5.1.220", "nanoframework/nanoFramework.m2mqtt@8208787"),
        ("nanoFramework.Hardware.Esp32.", "nanoFramework.Hardware.Esp32", "1.6.40", "nanoframework/nanoFramework.Hardware.Esp32@579dbaf"),
        ("System.", "nanoFramework.CoreLibrary", "1.17.11", "nanoframework/CoreLibrary@5e37889"),
    ];

    public static string Text() => "type\tmember\tpackage\tversion\tsource\n"
        + string.Concat(ReferenceSurface.Types().SelectMany(Rows).Select(row => row + "\n"));

    private static IEnumerable<string> Rows(TypeDefinition type)
    {
        (_, string package, string version, string source) = Packages.First(p => type.FullName.StartsWith(p.Prefix, StringComparison.Ordinal));
        IEnumerable<string> members = ReferenceSurface.Fields(type).Select(f => f.Name)
            .Concat(ReferenceSurface.Methods(type).Select(ReferenceSurface.Signature))
            .Order(StringComparer.Ordinal)
            .DefaultIfEmpty("(type only)");
        return members.Select(member => string.Join('\t', type.FullName, member, package, version, source));
    }
}
