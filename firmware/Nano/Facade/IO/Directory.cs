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

    public static class Path
    {
        private const char Separator = '\\';

        public static string Combine(string path1, string path2)
        {
            if (path2.Length == 0)
            {
                return path1;
            }

            bool rooted = path2[0] == Separator || (path2.Length > 1 && path2[1] == ':');
            return rooted || path1.Length == 0 ? path2 : path1[path1.Length - 1] == Separator ? path1 + path2 : path1 + Separator + path2;
        }

        public static string GetDirectoryName(string path)
        {
            int cut = path.LastIndexOf(Separator);
            return cut < 0 ? string.Empty : cut == 2 && path[1] == ':' ? path.Substring(0, 3) : path.Substring(0, cut);
        }

        public static string GetFileName(string path) => path?.Substring(path.LastIndexOf(Separator) + 1);

        public static string GetExtension(string path)
        {
            string name = GetFileName(path);
            int dot = name == null ? -1 : name.LastIndexOf('.');
            return name == null ? null : dot < 0 || dot == name.Length - 1 ? string.Empty : name.Substring(dot);
        }

        public static string GetFileNameWithoutExtension(string path)
        {
            string name = GetFileName(path);
            int dot = name == null ? -1 : name.LastIndexOf('.');
            return dot < 0 ? name : name.Substring(0, dot);
        }
    }
}
