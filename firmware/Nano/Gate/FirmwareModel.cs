using Mono.Cecil;
using Mono.Cecil.Cil;

namespace BodyCam.Nano.Gate;

/// <summary>The firmware assemblies under check, read together so that calls between them are followed.</summary>
internal sealed class FirmwareModel : IDisposable
{
    private readonly List<AssemblyDefinition> _assemblies = [];
    private readonly DefaultAssemblyResolver _resolver = new();

    public FirmwareModel(IEnumerable<string> assemblyPaths, IEnumerable<string> referenceFolders)
    {
        string[] paths = [.. assemblyPaths];
        foreach (string folder in paths.Select(p => Path.GetDirectoryName(Path.GetFullPath(p))!).Concat(referenceFolders).Distinct())
            _resolver.AddSearchDirectory(folder);
        foreach (string path in paths)
            _assemblies.Add(AssemblyDefinition.ReadAssembly(path, new ReaderParameters { AssemblyResolver = _resolver }));
        Types = [.. _assemblies.SelectMany(a => a.Modules).SelectMany(m => m.GetTypes())];
        Methods = [.. Types.SelectMany(t => t.Methods)];
        Own = [.. _assemblies.Select(a => a.Name.Name)];
    }

    public IReadOnlyList<TypeDefinition> Types { get; }

    public IReadOnlyList<MethodDefinition> Methods { get; }

    private HashSet<string> Own { get; }

    public void Dispose()
    {
        foreach (AssemblyDefinition assembly in _assemblies)
            assembly.Dispose();
        _resolver.Dispose();
    }

    public bool IsOwn(MethodDefinition method) => Own.Contains(method.Module.Assembly.Name.Name);

    /// <summary>The definition, or null when its assembly is not at hand.</summary>
    public static TypeDefinition? Resolve(TypeReference type)
    {
        try
        {
            return type.Resolve();
        }
        catch (AssemblyResolutionException)
        {
            return null;
        }
    }

    /// <summary>The firmware's own method behind a reference, or null for a library method.</summary>
    public MethodDefinition? ResolveOwn(MethodReference reference)
    {
        try
        {
            MethodDefinition? method = reference.Resolve();
            return method is not null && IsOwn(method) ? method : null;
        }
        catch (AssemblyResolutionException)
        {
            return null;
        }
    }

    /// <summary>The method itself and everything in the firmware that overrides or implements it.</summary>
    public IEnumerable<MethodDefinition> Targets(MethodDefinition method)
    {
        yield return method;
        if (!method.IsVirtual)
            yield break;
        foreach (TypeDefinition type in Types.Where(t => t != method.DeclaringType && DerivesFrom(t, method.DeclaringType)))
        {
            foreach (MethodDefinition candidate in type.Methods)
            {
                if (Implements(candidate, method))
                    yield return candidate;
            }
        }
    }

    public static string NameOf(MethodReference method) => method.DeclaringType.FullName + "::" + method.Name;

    public static IEnumerable<Instruction> Body(MethodDefinition method) => method.HasBody ? method.Body.Instructions : [];

    private static bool Implements(MethodDefinition candidate, MethodDefinition target) =>
        candidate.Overrides.Any(o => o.FullName == target.FullName)
        || (candidate.IsVirtual && candidate.Name == target.Name && candidate.Parameters.Select(p => p.ParameterType.FullName)
            .SequenceEqual(target.Parameters.Select(p => p.ParameterType.FullName)));

    private static bool DerivesFrom(TypeDefinition type, TypeDefinition target)
    {
        for (TypeDefinition? at = type; at is not null; at = at.BaseType is null ? null : Resolve(at.BaseType))
        {
            if (at == target || at.Interfaces.Any(i => Reaches(i.InterfaceType, target)))
                return true;
        }

        return false;
    }

    private static bool Reaches(TypeReference implemented, TypeDefinition target) =>
        implemented.FullName == target.FullName
        || (Resolve(implemented)?.Interfaces.Any(i => Reaches(i.InterfaceType, target)) ?? false);
}
