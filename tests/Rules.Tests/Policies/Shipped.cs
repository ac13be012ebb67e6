using BodyCam.Rules.Policies;
using BodyCam.Rules.Policies.Reading;

namespace BodyCam.Rules.Tests.Policies;

/// <summary>The policies that ship.</summary>
internal static class Shipped
{
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "policies");

    public static PolicyBook Book { get; } = PolicyReader.ReadFolder(Folder, out var problems) ?? throw new InvalidDataException(string.Join('\n', problems));

    public static PolicySet Of(string id) => Book.At(id, new DateOnly(2026, 3, 2)) ?? throw new InvalidDataException($"no policy {id}");
}
