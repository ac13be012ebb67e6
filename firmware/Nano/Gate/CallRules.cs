using Mono.Cecil;
using Mono.Cecil.Cil;

namespace BodyCam.Nano.Gate;

/// <summary>Library members that behave differently on the chip, or that belong in one place.</summary>
internal static class CallRules
{
    private const string ClockTypeEnd = ".SystemClock";
    private const int TransferBytesMax = 16_384;
    private const int NativeOffsetMax = 32_767;
    private const int InterpolationReach = 8;

    private static readonly HashSet<string> ClockTypes = new(StringComparer.Ordinal)
    {
        "nanoFramework.Hardware.Esp32.HighResTimer", "nanoFramework.Runtime.Native.Rtc", "System.Threading.Timer",
    };

    private static readonly HashSet<string> ClockMethods = new(StringComparer.Ordinal)
    {
        "System.DateTime::get_UtcNow", "System.Environment::get_TickCount64", "System.Threading.Thread::Sleep",
    };

    public static IEnumerable<Finding> Check(FirmwareModel model) => model.Methods.SelectMany(Method);

    private static IEnumerable<Finding> Method(MethodDefinition method)
    {
        string name = FirmwareModel.NameOf(method);
        foreach (Instruction instruction in FirmwareModel.Body(method))
        {
            if (instruction.OpCode.Code == Code.Box && IsEnum((TypeReference)instruction.Operand) && BecomesText(instruction))
                yield return EnumText(name);
            if (instruction.Operand is not MethodReference called)
                continue;
            if (called.Name == "ToString" && instruction.Previous is { OpCode.Code: Code.Constrained, Operand: TypeReference constrained } && IsEnum(constrained))
                yield return EnumText(name);
            string target = FirmwareModel.NameOf(called);
            if (IsClock(called, target) && !InClockFile(method.DeclaringType))
                yield return new Finding(GateRules.Clock, name, $"{target} is used outside the clock file; ask IClock, so that time has one source and tests can drive it.");
            if (target == "System.Security.Cryptography.HMACSHA256::.ctor")
                yield return new Finding(GateRules.HmacInstance, name, "An HMACSHA256 instance wipes the caller's key when disposed; use the static HashData(key, source).");
            if (SpanTooLong(instruction, called))
                yield return new Finding(GateRules.SpanTooLong, name, "Native transfers take at most 16,384 bytes and wrap at offset 32,768; transfer through a scratch array in pieces.");
        }
    }

    private static bool IsClock(MethodReference called, string target) =>
        ClockMethods.Contains(target)
        || (ClockTypes.Contains(called.DeclaringType.FullName) && called.Name != "Dispose")
        || (called.DeclaringType.FullName == "System.Threading.Thread" && called.Name == "Join" && called.Parameters.Count > 0)
        || (called.Name is "WaitOne" or "WaitAny" && called.Parameters.Any(p => p.ParameterType.FullName == "System.Int32")
            && called.DeclaringType.FullName is "System.Threading.WaitHandle" or "System.Threading.AutoResetEvent" or "System.Threading.ManualResetEvent");

    private static bool InClockFile(TypeDefinition type)
    {
        for (TypeDefinition? at = type; at is not null; at = at.DeclaringType)
        {
            if (at.FullName.EndsWith(ClockTypeEnd, StringComparison.Ordinal))
                return true;
        }

        return false;
    }

    private static bool IsEnum(TypeReference type) => FirmwareModel.Resolve(type)?.IsEnum ?? false;

    // A boxed enum that reaches string formatting is printed as its number on the chip.
    private static bool BecomesText(Instruction box)
    {
        Instruction? at = box.Next;
        for (int i = 0; at is not null && i < InterpolationReach; i++, at = at.Next)
        {
            if (at.Operand is MethodReference called && (called.Name == "ToString"
                || (called.DeclaringType.FullName == "System.String" && called.Name is "Concat" or "Format")
                || (called.DeclaringType.FullName == "System.Text.StringBuilder" && called.Name == "Append")))
                return true;
            if (at.OpCode.FlowControl is FlowControl.Branch or FlowControl.Cond_Branch or FlowControl.Return)
                return false;
        }

        return false;
    }

    private static bool SpanTooLong(Instruction instruction, MethodReference called)
    {
        if (called.DeclaringType.FullName != "System.SpanByte" || called.Name is not (".ctor" or "Slice" or "op_Implicit"))
            return false;
        Instruction? last = instruction.Previous;
        if (last?.OpCode.Code == Code.Newarr)
            return Constant(last.Previous) > TransferBytesMax;
        if (called.Parameters.Count < 2)
            return called.Name == "Slice" && Constant(last) > NativeOffsetMax;
        return Constant(last) > TransferBytesMax || Constant(last?.Previous) > NativeOffsetMax;
    }

    private static long Constant(Instruction? instruction) => instruction?.Operand switch
    {
        int value when instruction.OpCode.Code == Code.Ldc_I4 => value,
        _ => 0,
    };

    private static Finding EnumText(string name) =>
        new(GateRules.EnumToString, name, "On the chip an enum's text is its number; map it with a switch, or cast to int on purpose.");
}
