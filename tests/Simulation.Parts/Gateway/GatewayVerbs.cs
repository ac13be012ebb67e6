using BodyCam.Archive;
using BodyCam.Log;
using BodyCam.Storage;

namespace BodyCam.Simulation;

/// <summary>The gateway's storage verbs as they are shipped, over a simulated disk.</summary>
internal static class GatewayVerbs
{
    /// <summary>Verbs of segments, below a folder of that disk.</summary>
    public static IDisk Disk(string folder) => new PosixDisk(folder);

    /// <summary>Verbs of the log.</summary>
    public static ILogFiles Log(string folder) => new DiskLogFiles(folder);

    /// <summary>The archive that is a folder.</summary>
    public static IArchive Archive(string dataFolder, string archiveFolder, Func<bool>? hasArchived = null) => new FolderArchive(dataFolder, archiveFolder, hasArchived);
}
