using BodyCam.Nano.Hosting;
using BodyCam.VirtualBoard;

namespace System.IO
{
    /// <summary>A file of the virtual card or flash. On the card every Write ends in a sync whose failure only <see cref="Flush"/> reports.</summary>
    public class FileStream : Stream
    {
        private const string Library = "System.IO.FileSystem";

        private readonly FileAccess _access;
        private readonly long _appendStart;
        private IVolumeFile _file;
        private long _position;

        public FileStream(string path, FileMode mode)
            : this(path, mode, mode == FileMode.Append ? FileAccess.Write : FileAccess.ReadWrite, FileShare.Read, 0) { }

        public FileStream(string path, FileMode mode, FileAccess access) : this(path, mode, access, FileShare.Read, 0) { }

        public FileStream(string path, FileMode mode, FileAccess access, FileShare share) : this(path, mode, access, share, 0) { }

        public FileStream(string path, FileMode mode, FileAccess access, FileShare share, int bufferSize)
        {
            if (mode < FileMode.CreateNew || mode > FileMode.Append || access < FileAccess.Read || access > FileAccess.ReadWrite
                || share < FileShare.None || share > FileShare.ReadWrite)
            {
                throw new ArgumentOutOfRangeException();
            }

            bool writes = (access & FileAccess.Write) != 0;
            if ((!writes && mode != FileMode.Open && mode != FileMode.OpenOrCreate) || (mode == FileMode.Append && access != FileAccess.Write))
            {
                throw new ArgumentException();
            }

            Name = path;
            _access = access;
            _file = HostBoard.Native.Storage.Open(path, (int)mode, (int)access, (int)share);
            _appendStart = mode == FileMode.Append ? _file.Length : 0;
            _position = _appendStart;
        }

        public override bool CanRead => _file != null && (_access & FileAccess.Read) != 0;

        public override bool CanSeek => _file != null;

        public override bool CanWrite => _file != null && (_access & FileAccess.Write) != 0;

        public override long Length => Opened.Length;

        public override long Position
        {
            get
            {
                _ = Opened;
                return _position;
            }

            set => Seek(value, SeekOrigin.Begin);
        }

        public string Name { get; }

        private IVolumeFile Opened => _file ?? throw new ObjectDisposedException();

        public override void Close() => base.Close();

        public override void Flush() => Opened.Flush();

        // The real one throws too.
        public override int Read(SpanByte buffer) => throw new NotImplementedException();

        public override int Read(byte[] buffer, int offset, int count)
        {
            var window = new SpanByte(buffer, offset, count);
            RequireAccess(CanRead);
            HostBoard.Native.System.CountLibraryCopy(Library, window.Length);
            int read = Opened.Read(_position, new Span<byte>(buffer, offset, count));
            _position += read;
            return read;
        }

        public override int ReadByte() => base.ReadByte();

        public override long Seek(long offset, SeekOrigin origin)
        {
            long target = offset + (origin == SeekOrigin.Begin ? 0 : origin == SeekOrigin.Current ? _position : Opened.Length);
            if (target < _appendStart)
            {
                throw new IOException("Cannot seek before the start of the file.");
            }

            _ = Opened;
            _position = target;
            return target;
        }

        public override void SetLength(long value)
        {
            RequireAccess(CanWrite);
            Opened.SetLength(value);
        }

        public override void Write(byte[] buffer, int offset, int count)
        {
            var window = new SpanByte(buffer, offset, count);
            RequireAccess(CanWrite);
            HostBoard.Native.System.CountLibraryCopy(Library, window.Length);
            Opened.Write(_position, new ReadOnlySpan<byte>(buffer, offset, count));
            _position += count;
        }

        public override void WriteByte(byte value) => base.WriteByte(value);

        protected override void Dispose(bool disposing)
        {
            IVolumeFile file = _file;
            _file = null;
            file?.Dispose();
        }

        private void RequireAccess(bool granted)
        {
            _ = Opened;
            if (!granted)
            {
                throw new NotSupportedException();
            }
        }
    }
}
