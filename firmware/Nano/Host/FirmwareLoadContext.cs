using System.Reflection;
using System.Runtime.Loader;

namespace BodyCam.Nano.Host;

/// <summary>One recorder's firmware and its copy of the facade, so that recorders share no statics.</summary>
internal sealed class FirmwareLoadContext(string firmwareFolder, string facadePath) : AssemblyLoadContext("recorder", isCollectible: true)
{
    internal const string FacadeName = "BodyCam.Nano";

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        if (assemblyName.Name == FacadeName)
            return LoadFromAssemblyPath(facadePath);

        // What the host has loaded is shared (board, MQTT codec, .NET); the rest of the firmware lies beside it.
        string beside = Path.Combine(firmwareFolder, assemblyName.Name + ".dll");
        return IsShared(assemblyName.Name!) || !File.Exists(beside) ? null : LoadFromAssemblyPath(beside);
    }

    private static bool IsShared(string name) => name is "BodyCam.VirtualBoard" or "BodyCam.Nano.Support" or "BodyCam.Mqtt";
}
