using System.Text.RegularExpressions;
using BodyCam.Core.Keys;

namespace BodyCam.Core.Tests;

/// <summary>The configuration file (protocol §7).</summary>
public sealed partial class ProvisioningTests
{
    [Fact]
    public void The_file_has_every_key_that_the_protocol_names_but_those_that_a_technician_adds()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "BodyCam.sln")))
            root = root.Parent!;
        var text = File.ReadAllText(Path.Combine(root.FullName, "edge-gateway/docs/protocol.md"));
        var section = text[text.IndexOf("## 7. ", StringComparison.Ordinal)..];
        section = section[section.IndexOf('\n', StringComparison.Ordinal)..section.IndexOf("Unknown keys", StringComparison.Ordinal)];
        var named = Key().Matches(section).Select(static match => match.Groups["key"].Value).Except(["mode", "record", "selfTest"]).Where(static key => !key.StartsWith("wifi", StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal);
        var lines = ProvisioningFile.Lines(KeyTests.Ring(), DeviceId.Parse("bc-01"), 1, 7, new ProvisioningValues());
        Assert.Equal(named.Order(StringComparer.Ordinal), lines.Select(static line => line.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_night_recorder_is_told_so()
    {
        var text = ProvisioningFile.Text(ProvisioningFile.Lines(KeyTests.Ring(), DeviceId.Parse("bc-01"), 1, 7, new ProvisioningValues { IsNight = true, JpegQuality = 20 }));
        Assert.Contains("\njpegQuality=20\nexposure=night\n", text, StringComparison.Ordinal);
    }

    [GeneratedRegex("`(?<key>[a-z][A-Za-z]+)(?:=1)?`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Key();
}
