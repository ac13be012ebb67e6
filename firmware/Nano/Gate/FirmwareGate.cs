namespace BodyCam.Nano.Gate;

/// <summary>Checks compiled firmware before it goes on a board.</summary>
public static class FirmwareGate
{
    /// <summary>All findings in the assemblies, in no particular order, each once.</summary>
    /// <param name="assemblyPaths">Every assembly of one firmware image; calls between them are followed.</param>
    /// <param name="referenceFolders">Folders that hold <c>BodyCam.Nano.dll</c> (reference library or facade); without it library enums are not recognised.</param>
    /// <exception cref="FileNotFoundException">An assembly is missing.</exception>
    public static IReadOnlyList<Finding> Check(IEnumerable<string> assemblyPaths, params string[] referenceFolders)
    {
        using var model = new FirmwareModel(assemblyPaths, referenceFolders);
        return [.. ShapeRules.Check(model)
            .Concat(CallRules.Check(model))
            .Concat(TrapRules.Check(model))
            .Concat(EntryRules.Check(model))
            .Concat(new FramePathRules(model).Check())
            .Distinct()];
    }
}
