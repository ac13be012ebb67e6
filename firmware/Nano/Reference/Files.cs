namespace System.IO
{
    public enum SeekOrigin { Begin, Current, End }

    public enum FileMode { CreateNew = 1, Create, Open, OpenOrCreate, Truncate, Append }

    [Flags]
    public enum FileAccess { Read = 1, Write = 2, ReadWrite = 3 }

    [Flags]
    public enum FileShare { None = 0, Read = 1, Write = 2, ReadWrite = 3 }

    public abstract class Stream : IDisposable
    {
        public abstract bool CanRead { get; }
        public abstract bool CanSeek { get; }
        public abstract bool CanWrite { get; }
        public abstract long Length { get; }
        public abstract long Position { get; set; }
        public virtual void Close() => throw null;
        public void Dispose() => throw null;
        protected virtual void Dispose(bool disposing) => throw null;
        public abstract void Flush();
        public abstract int Read(SpanByte buffer);
        public abstract int Read(byte[] buffer, int offset, int count);
        public virtual int ReadByte() => throw null;
        public abstract long Seek(long offset, SeekOrigin origin);
        public abstract void SetLength(long value);
        public abstract void Write(byte[] buffer, int offset, int count);
        public virtual void WriteByte(byte value) => throw null;
    }

    public class FileStream : Stream
    {
        public FileStream(string path, FileMode mode) { }
        public FileStream(string path, FileMode mode, FileAccess access) { }
        public FileStream(string path, FileMode mode, FileAccess access, FileShare share) { }
        public FileStream(string path, FileMode mode, FileAccess access, FileShare share, int bufferSize) { }
        public override bool CanRead => throw null;
        public override bool CanSeek => throw null;
        public override bool CanWrite => throw null;
        public override long Length => throw null;
        public override long Position { get => throw null; set => throw null; }
        public string Name => throw null;
        public override void Close() => throw null;
        protected override void Dispose(bool disposing) => throw null;
        public override void Flush() => throw null;
        public override int Read(SpanByte buffer) => throw null;
        public override int Read(byte[] buffer, int offset, int count) => throw null;
        public override int ReadByte() => throw null;
        public override long Seek(long offset, SeekOrigin origin) => throw null;
        public override void SetLength(long value) => throw null;
        public override void Write(byte[] buffer, int offset, int count) => throw null;
        public override void WriteByte(byte value) => throw null;
    }

    public static class File
    {
        public static void Copy(string sourceFileName, string destFileName) => throw null;
        public static void Copy(string sourceFileName, string destFileName, bool overwrite) => throw null;
        public static FileStream Create(string path) => throw null;
        public static FileStream Create(string path, int bufferSize) => throw null;
        public static void Delete(string path) => throw null;
        public static bool Exists(string path) => throw null;
        public static void Move(string sourceFileName, string destFileName) => throw null;
        public static FileStream Open(string path, FileMode mode) => throw null;
        public static FileStream Open(string path, FileMode mode, FileAccess access) => throw null;
        public static FileStream Open(string path, FileMode mode, FileAccess access, FileShare share) => throw null;
        public static FileStream OpenRead(string path) => throw null;
        public static byte[] ReadAllBytes(string path) => throw null;
        public static string ReadAllText(string path) => throw null;
        public static void WriteAllBytes(string path, byte[] bytes) => throw null;
        public static void WriteAllText(string path, string contents) => throw null;
    }

    public sealed class DirectoryInfo
    {
        public DirectoryInfo(string path) { }
        public string FullName => throw null;
        public string Name => throw null;
        public bool Exists => throw null;
    }

    public static class Directory
    {
        public static DirectoryInfo CreateDirectory(string path) => throw null;
        public static void Delete(string path) => throw null;
        public static bool Exists(string path) => throw null;
        public static string[] GetFiles(string path) => throw null;
        public static string[] GetDirectories(string path) => throw null;
    }

    public sealed class DriveInfo
    {
        public DriveInfo(string driveName) { }
        public string Name => throw null;
        public long TotalSize => throw null;
        public static DriveInfo[] GetDrives() => throw null;
        public void Refresh() => throw null;
    }
}

namespace nanoFramework.System.IO
{
    using global::System;
    using global::System.IO;

    public enum RemovableDeviceEvent { Inserted, Removed }

    public class RemovableDriveEventArgs : EventArgs
    {
        internal RemovableDriveEventArgs() { }
        public DriveInfo Drive => throw null;
        public RemovableDeviceEvent Event => throw null;
    }

    public delegate void RemovableDeviceEventHandler(object sender, RemovableDriveEventArgs e);

    public static class StorageEventManager
    {
        public static event RemovableDeviceEventHandler RemovableDeviceInserted { add => throw null; remove => throw null; }
        public static event RemovableDeviceEventHandler RemovableDeviceRemoved { add => throw null; remove => throw null; }
    }

    public enum CardDetectState { Inserted, Removed }

    public class CardDetectChangedEventArgs : EventArgs
    {
        internal CardDetectChangedEventArgs() { }
        public CardDetectState CardState => throw null;
        public uint SlotIndex => throw null;
    }
}

namespace nanoFramework.System.IO.FileSystem
{
    using global::System;

    public enum SDDataWidth { _1_bit = 1, _4_bit = 2 }

    public class SDCardMmcParameters
    {
        public uint slotIndex;
        public SDDataWidth dataWidth;
    }

    public class CardDetectParameters
    {
        public bool enableCardDetectPin;
        public bool cardDetectedState;
        public uint cardDetectPin;
        public bool autoMount;
    }

    public delegate void CardDetectStateEventHandler(object sender, CardDetectChangedEventArgs e);

    public class SDCard : IDisposable
    {
        public SDCard(SDCardMmcParameters mmcParameters, CardDetectParameters cdParameters = null) { }
        public event CardDetectStateEventHandler CardDetectChanged { add => throw null; remove => throw null; }
        public bool IsMounted => throw null;
        public bool IsCardDetected => throw null;
        public void Mount() => throw null;
        public void Unmount() => throw null;
        public void Dispose() => throw null;
    }
}
