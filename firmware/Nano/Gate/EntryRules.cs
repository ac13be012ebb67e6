using Mono.Cecil;
using Mono.Cecil.Cil;

namespace BodyCam.Nano.Gate;

/// <summary>An exception that leaves a thread, a timer callback or an event handler ends the chip without a word.</summary>
internal static class EntryRules
{
    private static readonly HashSet<Code> Harmless =
    [
        Code.Nop, Code.Ret, Code.Br, Code.Br_S, Code.Leave, Code.Leave_S, Code.Brtrue, Code.Brtrue_S, Code.Brfalse, Code.Brfalse_S, Code.Pop, Code.Dup,
        Code.Ldnull, Code.Ldc_I4, Code.Ldc_I4_S, Code.Ldc_I4_0, Code.Ldc_I4_1, Code.Ldc_I4_2, Code.Ldc_I4_3, Code.Ldc_I4_M1, Code.Ldc_I8,
        Code.Ldloc, Code.Ldloc_S, Code.Ldloc_0, Code.Ldloc_1, Code.Ldloc_2, Code.Ldloc_3, Code.Stloc, Code.Stloc_S, Code.Stloc_0, Code.Stloc_1, Code.Stloc_2, Code.Stloc_3,
        Code.Ldarg, Code.Ldarg_S, Code.Ldarg_0, Code.Ldarg_1, Code.Ldarg_2, Code.Volatile, Code.Ldsfld, Code.Stsfld, Code.Ceq, Code.Cgt, Code.Clt,
        Code.Blt, Code.Blt_S, Code.Bge, Code.Bge_S, Code.Add, Code.Ldstr, Code.Ldftn,
    ];

    public static IEnumerable<Finding> Check(FirmwareModel model)
    {
        foreach ((MethodDefinition entry, string kind) in Entries(model).DistinctBy(e => e.Entry))
        {
            string name = FirmwareModel.NameOf(entry);
            if (!IsGuarded(model, entry, depth: 0))
                yield return new Finding(GateRules.UnguardedEntry, name, $"An exception that leaves this {kind} ends the chip silently; wrap its whole body in try and catch (Exception), and record the fault.");
            if (entry.HasBody && entry.Body.ExceptionHandlers.Any(h => h.HandlerType == ExceptionHandlerType.Catch && LeavesNoTrace(entry, h)))
                yield return new Finding(GateRules.SilentCatch, name, "Debug output vanishes in release builds; report the fault to the journal or set a visible state.");
        }
    }

    private static IEnumerable<(MethodDefinition Entry, string Kind)> Entries(FirmwareModel model)
    {
        foreach (MethodDefinition method in model.Methods)
        {
            if (method is { Name: "Main", IsStatic: true, HasBody: true })
                yield return (method, "main thread");
            foreach (Instruction instruction in FirmwareModel.Body(method))
            {
                if (instruction is not { OpCode.Code: Code.Newobj, Operand: MethodReference created, Previous: { OpCode.Code: Code.Ldftn or Code.Ldvirtftn, Operand: MethodReference pointed } })
                    continue;
                string? kind = created.DeclaringType.FullName switch
                {
                    "System.Threading.ThreadStart" => "thread entry",
                    "System.Threading.TimerCallback" => "timer callback",
                    _ => IsSubscription(model, instruction) ? "event handler" : null,
                };
                if (kind is null || model.ResolveOwn(pointed) is not { } own)
                    continue;
                foreach (MethodDefinition target in model.Targets(own).Where(t => t.HasBody))
                    yield return (target, kind);
            }
        }
    }

    // A handler of a library's event runs on the library's dispatch thread.
    private static bool IsSubscription(FirmwareModel model, Instruction created)
    {
        Instruction? at = created.Next;
        while (at is { OpCode.Code: Code.Dup or Code.Stsfld or Code.Nop })
            at = at.Next;
        return at?.Operand is MethodReference called && called.Name.StartsWith("add_", StringComparison.Ordinal) && model.ResolveOwn(called) is null;
    }

    private static bool IsGuarded(FirmwareModel model, MethodDefinition method, int depth)
    {
        ExceptionHandler[] all = [.. method.Body.ExceptionHandlers.Where(h =>
            h.HandlerType == ExceptionHandlerType.Catch && h.CatchType.FullName is "System.Exception" or "System.Object")];
        foreach (Instruction instruction in method.Body.Instructions)
        {
            if (Harmless.Contains(instruction.OpCode.Code) || all.Any(h => Covers(h, instruction)))
                continue;
            bool ownField = instruction.OpCode.Code is Code.Ldfld or Code.Stfld && !method.IsStatic;
            bool delegateMade = instruction.OpCode.Code == Code.Newobj && instruction.Previous?.OpCode.Code is Code.Ldftn or Code.Ldvirtftn;
            bool guardedCall = depth < 3 && instruction.OpCode.Code is Code.Call or Code.Callvirt
                && model.ResolveOwn((MethodReference)instruction.Operand) is { HasBody: true, IsVirtual: false } callee && IsGuarded(model, callee, depth + 1)
                && callee.Body.ExceptionHandlers.Count > 0;
            if (!ownField && !delegateMade && !guardedCall)
                return false;
        }

        return true;
    }

    private static bool Covers(ExceptionHandler handler, Instruction instruction)
    {
        int end = handler.HandlerEnd?.Offset ?? int.MaxValue;
        return (instruction.Offset >= handler.TryStart.Offset && instruction.Offset < handler.TryEnd.Offset)
            || (instruction.Offset >= handler.HandlerStart.Offset && instruction.Offset < end);
    }

    private static bool LeavesNoTrace(MethodDefinition entry, ExceptionHandler handler)
    {
        int end = handler.HandlerEnd?.Offset ?? int.MaxValue;
        foreach (Instruction instruction in entry.Body.Instructions.Where(i => i.Offset >= handler.HandlerStart.Offset && i.Offset < end))
        {
            if (instruction.OpCode.Code is Code.Stfld or Code.Stsfld or Code.Throw or Code.Rethrow)
                return false;
            if (instruction.Operand is MethodReference called && instruction.OpCode.FlowControl == FlowControl.Call && !IsTextOnly(called))
                return false;
        }

        return true;
    }

    private static bool IsTextOnly(MethodReference called) =>
        called.DeclaringType.FullName is "System.Diagnostics.Debug" or "System.Console" or "System.String" or "System.Exception" or "System.Object";
}
