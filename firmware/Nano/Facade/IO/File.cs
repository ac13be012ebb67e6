using System.Text;
using BodyCam.Nano.Hosting;

namespace System.IO
{
    public static class File
    {
        public static void Copy(string sourceFileName, string destFileName) => Copy(sourceFileName, destFileName, false);

        public static void Copy(string sourceFileName, string destFileName, bool overwrite)
        {
            if (!overwrite && Exists(destFileName))
            {
                throw new IOException("The target exists.");
            }

            WriteAllBytes(destFileName, ReadAllBytes(sourceFileName));
        }

        public static FileStream Create(string path) => Create(path, 0);

        public static FileStream Create(string path, int bufferSize) =>
            new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, bufferSize);

        public static void Delete(string path) => HostBoard.Native.Storage.DeleteFile(path);

        public static bool Exists(string path) => !string.IsNullOrEmpty(path) && HostBoard.Native.Storage.FileExists(path);

        public static void Move(string sourceFileName, string destFileName) => HostBoard.Native.Storage.MoveFile(sourceFileName, destFileName);

        public static FileStream Open(string path, FileMode mode) =>
            Open(path, mode, mode == FileMode.Append ? FileAccess.Write : FileAccess.ReadWrite);

        public static FileStream Open(string path, FileMode mode, FileAccess access) => Open(path, mode, access, FileShare.None);

        public static FileStream Open(string path, FileMode mode, FileAccess access, FileShare share) => new FileStream(path, mode, access, share);

        // No sharing: throws while a writer has the file open, and locks writers out.
        public static FileStream OpenRead(string path) => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.None);

        public static byte[] ReadAllBytes(string path)
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            var bytes = new byte[(int)stream.Length];
            int filled = 0;
            while (filled < bytes.Length)
            {
                int read = stream.Read(bytes, filled, bytes.Length - filled);
                if (read == 0)
                {
                    throw new IOException();
                }

                filled += read;
            }

            return bytes;
        }

        public static string ReadAllText(string path)
        {
            byte[] bytes = ReadAllBytes(path);
            return Encoding.UTF8.GetString(bytes, 0, bytes.Length);
        }

        public static void WriteAllBytes(string path, byte[] bytes)
        {
            using var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read);
            stream.Write(bytes, 0, bytes.Length);
            stream.Flush();
        }

        public static void WriteAllText(string path, string contents) => WriteAllBytes(path, Encoding.UTF8.GetBytes(contents));
    }
}
