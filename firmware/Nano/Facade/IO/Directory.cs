using BodyCam.Nano.Hosting;

namespace System.IO
{
    public static class Directory
    {
        public static DirectoryInfo CreateDirectory(string path)
        {
            HostBoard.Native.Storage.CreateDirectory(path);
            return new DirectoryInfo(path);
        }

        public static void Delete(string path) => HostBoard.Native.Storage.DeleteDirectory(path);

        public static bool Exists(string path) => !string.IsNullOrEmpty(path) && HostBoard.Native.Storage.DirectoryExists(path);

        public static string[] GetFiles(string path) => HostBoard.Native.Storage.Files(path);

        public static string[] GetDirectories(string path) => HostBoard.Native.Storage.Directories(path);
    }

    public sealed class DirectoryInfo
    {
        public DirectoryInfo(string path) => FullName = path ?? throw new ArgumentNullException(nameof(path));

        public string FullName { get; }

        public string Name => Path.GetFileName(FullName);

        public bool Exists => Directory.Exists(FullName);
    }

    public sealed class DriveInfo
    {
        public DriveInfo(string driveName) => Name = driveName ?? throw new ArgumentNullException(nameof(driveName));

        public string Name { get; }

        // The chip does not know a card's size; the internal flash volume is 256 KB.
        public long TotalSize => Name.StartsWith("D") ? -1 : 256 * 1024;

        public static DriveInfo[] GetDrives() => HostBoard.Native.Storage.IsCardMounted
            ? new[] { new DriveInfo("I:\\"), new DriveInfo("D:\\") }
            : new[] { new DriveInfo("I:\\") };

        public void Refresh() { }
    }
}
