using BodyCam.Nano.Gate;
using Mono.Cecil;
using Mono.Cecil.Cil;

namespace BodyCam.Nano.Tests;

public class GateTests
{
    // Type of Nano.Hazards, member, rule: exactly these and no more.
    private static readonly string[] Expected =
    [
        "GenericType`1 generic",
        "GenericMethod::Count generic",
        "GenericUse::Call generic",
        "Table::Cell array-rank",
        "StackAllocation::Sum stackalloc",
        "EnumText::Direct enum-text",
        "EnumText::Interpolated enum-text",
        "LongSpan::Window span-length",
        "LongSpan::Slice span-length",
        "Clocks::Wall clock",
        "Clocks::Uptime clock",
        "Clocks::Precise clock",
        "Clocks::Set clock",
        "Clocks::Nap clock",
        "Clocks::Timed clock",
        "Clocks::TimedAny clock",
        "MacInstance::Mac hmac-instance",
        "Traps::SharesWithNobody trap-call",
        "Traps::Room trap-call",
        "Traps::Queue trap-call",
        "Traps::TrustsAnybody trap-call",
        "Traps::NoNul trap-call",
        "Traps::TooLarge array-size",
        "StorageProgram::Main trap-call",
        "StorageProgram::Fails trap-call",
        "Entries::Unguarded entry-unguarded",
        "Entries::<StartAll>b__2_0 entry-unguarded",
        "Entries::NarrowCatch entry-unguarded",
        "Entries::WorkBeforeTry entry-unguarded",
        "Entries::Published entry-unguarded",
        "Entries::DebugOnly entry-silent",
        "Entries::Rethrows entry-unguarded",
        "Entries::ThrowsAnew entry-unguarded",
        "Entries::WorksInCatch entry-unguarded",
        "Entries::WorksInFinally entry-unguarded",
        "Entries::TakesTheDetailApart entry-unguarded",
        "Entries::StoresElsewhere entry-unguarded",
        "Entries::ReadsInitialised entry-unguarded",
        "Initialised::Loop entry-unguarded",
        "RecklessWorker::Loop entry-unguarded",
        "TimerUser::Arm clock",
        "TimerUser::Tick entry-unguarded",
        "FrameLoop::Helper frame-allocation",
        "CopyingSink::Put frame-allocation",
        "FrameLoop::Box frame-allocation",
        "FrameLoop::Text frame-allocation",
        "FrameLoop::Bytes frame-allocation",
        "FrameLoop::Closure frame-allocation",
        "FrameLoop::Callback frame-delegate",
    ];

    private static readonly Lazy<IReadOnlyList<Finding>> Findings =
        new(() => FirmwareGate.Check([Files.Hazards], Path.GetDirectoryName(Files.Reference)!));

    [Fact]
    public void Every_hazard_is_found_and_nothing_else()
    {
        string[] found = [.. Findings.Value.Select(f => f.Member.Replace("BodyCam.Hazards.", string.Empty, StringComparison.Ordinal)
            .Replace("GenericType`1::Value", "GenericType`1", StringComparison.Ordinal) + " " + f.Rule).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(Expected.Order(StringComparer.Ordinal), found);
    }

    [Fact]
    public void Every_finding_names_the_remedy() =>
        Assert.All(Findings.Value, f => Assert.Matches("[;:,] (write|put|keep|use|map|ask|wrap|transfer|report|preallocate|call|or )", f.Message));

    [Fact]
    public void The_clean_program_has_no_finding() =>
        Assert.DoesNotContain(Findings.Value, f => f.Member.Contains("CleanProgram", StringComparison.Ordinal) || f.Member.Contains("SystemClock", StringComparison.Ordinal));

    [Fact]
    public void An_interface_method_with_a_body_is_found()
    {
        // The reference library keeps the compiler from making one, so it is written as IL.
        using var assembly = AssemblyDefinition.CreateAssembly(new AssemblyNameDefinition("Dim", new Version(1, 0)), "Dim", ModuleKind.Dll);
        ModuleDefinition module = assembly.MainModule;
        var type = new TypeDefinition("BodyCam", "ISpeaks", TypeAttributes.Interface | TypeAttributes.Abstract | TypeAttributes.Public);
        var method = new MethodDefinition("Speak", MethodAttributes.Public | MethodAttributes.Virtual | MethodAttributes.NewSlot, module.TypeSystem.Void);
        method.Body.GetILProcessor().Emit(OpCodes.Ret);
        type.Methods.Add(method);
        module.Types.Add(type);
        string folder = Directory.CreateTempSubdirectory("gate").FullName;
        try
        {
            string path = Path.Combine(folder, "Dim.dll");
            assembly.Write(path);
            Finding finding = Assert.Single(FirmwareGate.Check([path]));
            Assert.Equal((GateRules.DefaultInterfaceMethod, "BodyCam.ISpeaks::Speak"), (finding.Rule, finding.Member));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
