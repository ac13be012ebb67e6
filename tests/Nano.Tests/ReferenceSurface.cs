using Mono.Cecil;

namespace BodyCam.Nano.Tests;

/// <summary>What the reference library declares to firmware: public and protected members of public types.</summary>
internal static class ReferenceSurface
{
    public static IReadOnlyList<TypeDefinition> Types()
    {
        var module = ModuleDefinition.ReadModule(Files.Reference);
        return [.. module.GetTypes().Where(IsVisible).OrderBy(t => t.FullName, StringComparer.Ordinal)];
    }

    public static IEnumerable<MethodDefinition> Methods(TypeDefinition type) =>
        type.Methods.Where(m => (m.IsPublic || m.IsFamily) && !(m.IsConstructor && m.IsStatic) && !IsDelegatePlumbing(type, m));

    public static IEnumerable<FieldDefinition> Fields(TypeDefinition type) => type.Fields.Where(f => (f.IsPublic || f.IsFamily) && !f.IsSpecialName);

    public static string Signature(MethodReference method) =>
        $"{Name(method.ReturnType)} {method.Name}({string.Join(",", method.Parameters.Select(p => Name(p.ParameterType)))})";

    /// <summary>The name as reflection writes it.</summary>
    public static string Name(TypeReference type) => type switch
    {
        IModifierType modified => Name(modified.ElementType),
        _ => type.FullName.Replace('/', '+'),
    };

    private static bool IsVisible(TypeDefinition type) => type.IsNested ? type.IsNestedPublic && IsVisible(type.DeclaringType) : type.IsPublic;

    private static bool IsDelegatePlumbing(TypeDefinition type, MethodDefinition method) =>
        type.BaseType?.FullName == "System.MulticastDelegate" && method.Name is "BeginInvoke" or "EndInvoke";
}
