using System.Reflection;
using System.Runtime.Loader;
using Mono.Cecil;

namespace BodyCam.Nano.Tests;

public class FacadeTests
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;

    [Fact]
    public void Every_member_of_the_reference_library_exists_on_the_facade()
    {
        var context = new AssemblyLoadContext("surface", isCollectible: true);
        Assembly facade = context.LoadFromAssemblyPath(Files.Facade);
        List<string> missing = [];
        foreach (TypeDefinition type in ReferenceSurface.Types())
        {
            // GetType follows forwards into System.Private.CoreLib.
            if (facade.GetType(ReferenceSurface.Name(type)) is not { } real)
            {
                missing.Add(type.FullName);
                continue;
            }

            if (real.IsValueType != type.IsValueType || real.IsInterface != type.IsInterface)
                missing.Add(type.FullName + " (class, struct or interface differs)");
            HashSet<string> methods = [.. Chain(real).SelectMany(t => Methods(t, t == real))];
            missing.AddRange(ReferenceSurface.Methods(type).Where(m => !methods.Contains(Key(m))).Select(m => m.FullName));
            missing.AddRange(ReferenceSurface.Fields(type).Where(f => !HasField(real, f)).Select(f => f.FullName));
        }

        context.Unload();
        Assert.True(missing.Count == 0, string.Join('\n', missing.Prepend("Missing on the facade:")));
    }

    private static string Key(MethodDefinition method) => (method.IsStatic ? "static " : string.Empty) + ReferenceSurface.Signature(method);

    private static IEnumerable<Type> Chain(Type type)
    {
        for (Type? at = type; at is not null; at = at.BaseType)
            yield return at;
    }

    private static IEnumerable<string> Methods(Type type, bool withConstructors)
    {
        foreach (MethodInfo method in type.GetMethods(Declared | BindingFlags.DeclaredOnly).Where(m => m.IsPublic || m.IsFamily || m.IsFamilyOrAssembly))
            yield return (method.IsStatic ? "static " : string.Empty) + Text(method.ReturnType, method);
        foreach (ConstructorInfo constructor in type.GetConstructors(Declared).Where(c => withConstructors && (c.IsPublic || c.IsFamily)))
            yield return Text(typeof(void), constructor);
    }

    private static string Text(Type returned, MethodBase method) =>
        $"{returned.FullName} {method.Name}({string.Join(",", method.GetParameters().Select(p => p.ParameterType.FullName))})";

    private static bool HasField(Type real, FieldDefinition field)
    {
        FieldInfo? found = real.GetField(field.Name, Declared);
        return found is not null && found.FieldType.FullName == ReferenceSurface.Name(field.FieldType) && found.IsStatic == field.IsStatic
            && (!field.HasConstant || Equals(Convert.ToString(found.GetRawConstantValue()), Convert.ToString(field.Constant)));
    }
}
