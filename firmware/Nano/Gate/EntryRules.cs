using Mono.Cecil;
using Mono.Cecil.Cil;

namespace BodyCam.Nano.Gate;

/// <summary>An exception that leaves a thread, a timer callback or an event handler ends the chip without a word. A handler guards what it covers, not itself.</summary>
internal static class EntryRules
{
    private const int CallDepthMax = 3;

    private static readonly HashSet<Code> Harmless =
    [
        Code.Nop, Code.Ret, Code.Br, Code.Br_S, Code.Leave, Code.Leave_S, Code.Brtrue, Code.Brtrue_S, Code.Brfalse, Code.Brfalse_S, Code.Pop, Code.Dup,
        Code.Endfinally, Code.Ldnull, Code.Ldc_I4, Code.Ldc_I4_S, Code.Ldc_I4_M1, Code.Ldc_I8,
        Code.Ldc_I4_0, Code.Ldc_I4_1, Code.Ldc_I4_2, Code.Ldc_I4_3, Code.Ldc_I4_4, Code.Ldc_I4_5, Code.Ldc_I4_6, Code.Ldc_I4_7, Code.Ldc_I4_8,
        Code.Ldloc, Code.Ldloc_S, Code.Ldloc_0, Code.Ldloc_1, Code.Ldloc_2, Code.Ldloc_3, Code.Stloc, Code.Stloc_S, Code.Stloc_0, Code.Stloc_1, Code.Stloc_2, Code.Stloc_3,
        Code.Ldarg, Code.Ldarg_S, Code.Ldarg_0, Code.Ldarg_1, Code.Ldarg_2, Code.Ldarg_3, Code.Volatile, Code.Ceq, Code.Cgt, Code.Clt,
        Code.Blt, Code.Blt_S, Code.Bge, Code.Bge_S, Code.Bgt, Code.Bgt_S, Code.Ble, Code.Ble_S, Code.Beq, Code.Beq_S, Code.Bne_Un, Code.Bne_Un_S,
        Code.Add, Code.Sub, Code.Conv_I4, Code.Conv_I8, Code.Ldstr, Code.Ldftn,
    ];

    public static IEnumerable<Finding> Check(FirmwareModel model)
    {
        foreach ((MethodDefinition entry, string kind) in Entries(model).DistinctBy(e => e.Entry))
        {
            string name = FirmwareModel.NameOf(entry);
            if ((entry.IsStatic && RunsInitializer(entry.DeclaringType)) || !IsGuarded(model, entry, depth: 0))
                yield return new Finding(GateRules.UnguardedEntry, name, $"An exception that leaves this {kind} ends the chip silently; wrap its whole body in try and catch (Exception), and record the fault with nothing in the handler that can throw.");
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
        return method.Body.Instructions.All(instruction => Harmless.Contains(instruction.OpCode.Code)
            || all.Any(h => instruction.Offset >= h.TryStart.Offset && instruction.Offset < h.TryEnd.Offset)
            || IsOwnField(method, instruction)
            || (instruction.OpCode.Code == Code.Newobj && instruction.Previous?.OpCode.Code is Code.Ldftn or Code.Ldvirtftn)
            || (instruction.OpCode.Code is Code.Call or Code.Callvirt && IsGuardedCall(model, method, (MethodReference)instruction.Operand, depth)));
    }

    private static bool IsGuardedCall(FirmwareModel model, MethodDefinition caller, MethodReference called, int depth)
    {
        if (called.DeclaringType.FullName == "System.Exception" && called.Name == "get_Message")
            return true;
        return depth < CallDepthMax && model.ResolveOwn(called) is { HasBody: true, IsVirtual: false } callee
            && !(callee.IsStatic && callee.DeclaringType != caller.DeclaringType && RunsInitializer(callee.DeclaringType))
            && IsGuarded(model, callee, depth + 1);
    }

    // A field of this, or a static one that brings no initialiser along: a type initialiser can throw at any access.
    private static bool IsOwnField(MethodDefinition method, Instruction instruction) => instruction.OpCode.Code switch
    {
        Code.Ldsfld or Code.Stsfld => FirmwareModel.Resolve(((FieldReference)instruction.Operand).DeclaringType) is { } type && !type.Methods.Any(m => m.IsConstructor && m.IsStatic),
        Code.Ldfld => !method.IsStatic && IsThis(instruction, above: 0),
        Code.Stfld => !method.IsStatic && IsThis(instruction, above: 1),
        _ => false,
    };

    private static bool RunsInitializer(TypeDefinition type) => !type.IsBeforeFieldInit && type.Methods.Any(m => m.IsConstructor && m.IsStatic);

    // True when the stack slot under that many values was filled from argument 0.
    private static bool IsThis(Instruction instruction, int above)
    {
        int depth = above;
        for (Instruction? at = instruction.Previous; at is not null && at.OpCode.FlowControl is FlowControl.Next or FlowControl.Call or FlowControl.Meta; at = at.Previous)
        {
            depth -= Pushes(at);
            if (depth < 0)
                return at.OpCode.Code == Code.Ldarg_0;
            depth += Pops(at);
        }

        return false;
    }

    private static int Pushes(Instruction instruction) => instruction.OpCode.StackBehaviourPush switch
    {
        StackBehaviour.Push0 => 0,
        StackBehaviour.Push1_push1 => 2,
        StackBehaviour.Varpush => ((MethodReference)instruction.Operand).ReturnType.FullName == "System.Void" ? 0 : 1,
        _ => 1,
    };

    private static int Pops(Instruction instruction) => instruction.OpCode.StackBehaviourPop switch
    {
        StackBehaviour.Pop0 => 0,
        StackBehaviour.Pop1 or StackBehaviour.Popi or StackBehaviour.Popref => 1,
        StackBehaviour.Varpop when instruction.Operand is MethodReference called => called.Parameters.Count + (called.HasThis && instruction.OpCode.Code != Code.Newobj ? 1 : 0),
        StackBehaviour.Popi_popi_popi or StackBehaviour.Popref_popi_popi or StackBehaviour.Popref_popi_popi8 or StackBehaviour.Popref_popi_popr4
            or StackBehaviour.Popref_popi_popr8 or StackBehaviour.Popref_popi_popref => 3,
        _ => 2,
    };

    private static bool LeavesNoTrace(MethodDefinition entry, ExceptionHandler handler)
    {
        int end = handler.HandlerEnd?.Offset ?? int.MaxValue;
        foreach (Instruction instruction in entry.Body.Instructions.Where(i => i.Offset >= handler.HandlerStart.Offset && i.Offset < end))
        {
            if (instruction.OpCode.Code is Code.Stfld or Code.Stsfld)
                return false;
            if (instruction.Operand is MethodReference called && instruction.OpCode.FlowControl == FlowControl.Call && !IsTextOnly(called))
                return false;
        }

        return true;
    }

    private static bool IsTextOnly(MethodReference called) =>
        called.DeclaringType.FullName is "System.Diagnostics.Debug" or "System.Console" or "System.String" or "System.Exception" or "System.Object";
}
