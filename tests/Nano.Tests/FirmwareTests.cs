using BodyCam.Nano.Gate;
using Mono.Cecil;

namespace BodyCam.Nano.Tests;

/// <summary>The recorder's own firmware against the gate.</summary>
public class FirmwareTests
{
    [Fact]
    public void The_firmware_holds_nothing_that_the_chip_cannot_run()
    {
        IReadOnlyList<Finding> findings = FirmwareGate.Check([Files.Firmware], Path.GetDirectoryName(Files.Reference)!);
        Assert.True(findings.Count == 0, string.Join('\n', findings));
    }

    [Fact]
    public void The_firmware_marks_its_frame_path()
    {
        using var module = ModuleDefinition.ReadModule(Files.Firmware);
        Assert.Contains(module.GetTypes().SelectMany(t => t.Methods), m => m.CustomAttributes.Any(a => a.AttributeType.Name == "FramePathAttribute"));
    }

    [Fact]
    public void The_firmware_binds_to_the_reference_library_only()
    {
        using var module = ModuleDefinition.ReadModule(Files.Firmware);
        Assert.Equal(["BodyCam.Nano"], module.AssemblyReferences.Select(r => r.Name));
    }
}
