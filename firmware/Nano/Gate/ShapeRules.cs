using Mono.Cecil;
using Mono.Cecil.Cil;

namespace BodyCam.Nano.Gate;

/// <summary>Constructs that the interpreter crashes on or silently ends at.</summary>
internal static class ShapeRules
{
    public static IEnumerable<Finding> Check(FirmwareModel model) => model.Types.SelectMany(Type).Concat(model.Methods.SelectMany(Method));

    private static IEnumerable<Finding> Type(TypeDefinition type)
    {
        if (type.HasGenericParameters)
            yield return Generic(type.FullName);
        foreach (FieldDefinition field in type.Fields)
        {
            foreach (Finding finding in Signature(field.FieldType, type.FullName + "::" + field.Name))
                yield return finding;
        }
    }

    private static IEnumerable<Finding> Method(MethodDefinition method)
    {
        string name = FirmwareModel.NameOf(method);
        if (method.HasGenericParameters)
            yield return Generic(name);
        if (method.DeclaringType.IsInterface && method.HasBody && !method.IsStatic)
            yield return new Finding(GateRules.DefaultInterfaceMethod, name, "The chip ends without a word at an interface method with a body; put the body in a base class.");
        IEnumerable<TypeReference> signature = method.Parameters.Select(p => p.ParameterType).Append(method.ReturnType);
        if (method.HasBody)
            signature = signature.Concat(method.Body.Variables.Select(v => v.VariableType));
        foreach (Finding finding in signature.SelectMany(t => Signature(t, name)))
            yield return finding;
        foreach (Instruction instruction in FirmwareModel.Body(method))
        {
            if (instruction.OpCode.Code == Code.Localloc)
                yield return new Finding(GateRules.StackAlloc, name, "The chip has no stackalloc; keep a byte[] in a field and reuse it.");
            if (instruction.Operand is GenericInstanceMethod)
                yield return Generic(name);
            TypeReference? used = instruction.Operand switch
            {
                TypeReference type => type,
                MemberReference member => member.DeclaringType,
                _ => null,
            };
            foreach (Finding finding in Signature(used, name))
                yield return finding;
        }
    }

    private static IEnumerable<Finding> Signature(TypeReference? type, string member)
    {
        for (TypeReference? at = type; at is not null; at = (at as TypeSpecification)?.ElementType)
        {
            if (at is ArrayType { Rank: > 1 })
                yield return new Finding(GateRules.MultiDimensionalArray, member, "The chip crashes on arrays of several dimensions; use an array of arrays or compute the index.");
            if (at is GenericInstanceType)
                yield return Generic(member);
        }
    }

    private static Finding Generic(string member) =>
        new(GateRules.Generic, member, "The chip crashes on generics; write the type out, or use ArrayList and a cast.");
}
