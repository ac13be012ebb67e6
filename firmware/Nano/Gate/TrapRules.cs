using Mono.Cecil;
using Mono.Cecil.Cil;

namespace BodyCam.Nano.Gate;

/// <summary>Members that exist, compile and run on .NET, and do something else on the chip; arrays that its heap cannot hold.</summary>
internal static class TrapRules
{
    // Largest object of the interpreter.
    private const long ObjectBytesMax = 786_420;

    private static readonly Dictionary<string, string> Traps = new(StringComparer.Ordinal)
    {
        ["System.IO.File::OpenRead"] = "It shares with nobody and fails while the writer is open; use a FileStream with FileShare.ReadWrite.",
        ["System.IO.DriveInfo::get_TotalSize"] = "It is -1 on a card; use the provisioned size and the ledger.",
        ["nanoFramework.M2Mqtt.MqttSettings::set_InflightQueueSize"] = "A full queue drops receipts silently; keep the default and count what is in flight.",
        ["nanoFramework.M2Mqtt.MqttSettings::set_ValidateServerCertificate"] = "The gateway must prove itself; keep the default.",
    };

    public static IEnumerable<Finding> Check(FirmwareModel model) => model.Methods.SelectMany(Method);

    private static IEnumerable<Finding> Method(MethodDefinition method)
    {
        string name = FirmwareModel.NameOf(method);
        foreach (Instruction instruction in FirmwareModel.Body(method))
        {
            if (instruction.OpCode.Code == Code.Newarr && instruction.Previous is { OpCode.Code: Code.Ldc_I4, Operand: int count } && count * SizeOf((TypeReference)instruction.Operand) > ObjectBytesMax)
                yield return new Finding(GateRules.LargeArray, name, "The chip's largest object is 786,420 bytes; use several smaller arrays.");
            if (instruction.Operand is not MethodReference called)
                continue;
            if (Traps.TryGetValue(FirmwareModel.NameOf(called), out string? why))
                yield return new Finding(GateRules.TrapCall, name, why);
            if (called is { Name: "Read", DeclaringType.FullName: "System.IO.FileStream" } && called.Parameters[0].ParameterType.FullName == "System.SpanByte")
                yield return new Finding(GateRules.TrapCall, name, "FileStream throws on a SpanByte; use the array, offset and count.");
            if (called is { Name: ".ctor", DeclaringType.FullName: "System.Security.Cryptography.X509Certificates.X509Certificate2" } && called.Parameters[0].ParameterType.IsArray)
                yield return new Finding(GateRules.TrapCall, name, "PEM bytes need a NUL at their end that this constructor does not add; use the one that takes text.");
        }
    }

    private static long SizeOf(TypeReference element) => element.FullName switch
    {
        "System.Byte" or "System.SByte" or "System.Boolean" => 1,
        "System.Int16" or "System.UInt16" or "System.Char" => 2,
        "System.Int64" or "System.UInt64" or "System.Double" => 8,
        "System.Int32" or "System.UInt32" or "System.Single" => 4,
        _ => 12,
    };
}
