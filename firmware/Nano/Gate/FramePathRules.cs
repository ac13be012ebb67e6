using Mono.Cecil;
using Mono.Cecil.Cil;

namespace BodyCam.Nano.Gate;

/// <summary>Nothing is allocated per frame: methods marked FramePath and everything they call.</summary>
internal sealed class FramePathRules(FirmwareModel model)
{
    private const string Remedy = "; preallocate it in a field, or mark an error path with FramePathExempt and its reason.";

    private static readonly HashSet<string> ValueTypes = new(StringComparer.Ordinal)
    {
        "System.SpanByte", "System.DateTime", "System.TimeSpan", "System.Device.Gpio.PinValue",
    };

    private readonly HashSet<MethodDefinition> _seen = [];

    public IEnumerable<Finding> Check()
    {
        var open = new Stack<(MethodDefinition Method, string Root)>();
        foreach (MethodDefinition root in model.Methods.Where(m => Has(m, "FramePathAttribute")))
            open.Push((root, root.Name));
        while (open.TryPop(out (MethodDefinition Method, string Root) at))
        {
            if (!_seen.Add(at.Method) || Has(at.Method, "FramePathExemptAttribute"))
                continue;
            foreach (Instruction instruction in FirmwareModel.Body(at.Method))
            {
                if (Allocation(instruction) is { } what)
                    yield return new Finding(GateRules.FrameAllocation, FirmwareModel.NameOf(at.Method), $"{what} on the frame path of {at.Root}{Remedy}");
                if (instruction.OpCode.FlowControl != FlowControl.Call || instruction.Operand is not MethodReference called)
                    continue;
                if (model.ResolveOwn(called) is not { } own)
                    continue;
                if (IsDelegate(own.DeclaringType))
                    yield return DelegateCall(at.Method, at.Root);
                foreach (MethodDefinition target in instruction.OpCode.Code == Code.Callvirt ? model.Targets(own) : [own])
                    open.Push((target, at.Root));
            }

            if (FirmwareModel.Body(at.Method).Any(i => i.Operand is MethodReference { Name: "Invoke" } m && model.ResolveOwn(m) is null))
                yield return DelegateCall(at.Method, at.Root);
        }
    }

    private static Finding DelegateCall(MethodDefinition method, string root) => new(
        GateRules.FrameDelegate,
        FirmwareModel.NameOf(method),
        $"A call through a delegate on the frame path of {root} cannot be followed; call through an interface.");

    private static bool Has(MethodDefinition method, string attribute) => method.CustomAttributes.Any(a => a.AttributeType.Name == attribute);

    private static bool IsDelegate(TypeDefinition type) => type.BaseType?.FullName == "System.MulticastDelegate";

    private string? Allocation(Instruction instruction) => instruction.OpCode.Code switch
    {
        Code.Newarr => "A new array",
        Code.Box => "A boxed " + ((TypeReference)instruction.Operand).Name,
        Code.Newobj when instruction.Next?.OpCode.Code != Code.Throw && !IsValueType(((MethodReference)instruction.Operand).DeclaringType) =>
            "A new " + ((MethodReference)instruction.Operand).DeclaringType.Name,
        Code.Call or Code.Callvirt when model.ResolveOwn((MethodReference)instruction.Operand) is null && Allocates((MethodReference)instruction.Operand) =>
            FirmwareModel.NameOf((MethodReference)instruction.Operand),
        _ => null,
    };

    private static bool IsValueType(TypeReference type) => ValueTypes.Contains(type.FullName) || (FirmwareModel.Resolve(type)?.IsValueType ?? type.IsValueType);

    // Library members that hand out a new object or may grow one. HashData is left out: the chip has no digest that fills a caller's array.
    private static bool Allocates(MethodReference called)
    {
        string type = called.DeclaringType.FullName;
        if (called.Name is "ToString" or "ToArray" or "Clone" or "GetEnumerator" or "CreateInstance")
            return true;
        bool returnsNew = called.ReturnType.FullName is "System.String" or "System.String[]" or "System.Char[]" or "System.Byte[]";
        return type switch
        {
            "System.String" or "System.Convert" or "System.BitConverter" or "System.Text.Encoding" or "System.IO.Path" => returnsNew,
            "System.Text.StringBuilder" or "System.IO.File" or "System.IO.Directory" => true,
            "System.Collections.ArrayList" => called.Name is "Add" or "Insert",
            "System.Collections.Hashtable" => called.Name is "Add" or "set_Item" or "get_Keys" or "get_Values",
            "System.Collections.Queue" => called.Name == "Enqueue",
            "System.Collections.Stack" => called.Name == "Push",
            _ => false,
        };
    }
}
