using System;

namespace BodyCam.Hazards
{
    public class FramePathAttribute : Attribute
    {
    }

    public class FramePathExemptAttribute : Attribute
    {
        public FramePathExemptAttribute(string reason)
        {
        }
    }

    public interface ISink
    {
        void Put(byte[] block);
    }

    public class CopyingSink : ISink
    {
        private byte[] _kept;

        public void Put(byte[] block) => _kept = (byte[])block.Clone();
    }

    public class QuietSink : ISink
    {
        private int _bytes;

        public void Put(byte[] block) => _bytes += block.Length;
    }

    public class FrameLoop
    {
        private readonly byte[] _block = new byte[4096];
        private readonly ISink _sink = new QuietSink();
        private object _last;
        private string _name;
        private Action _done;

        [FramePath]
        public void Array() => Helper();

        [FramePath]
        public void Interface() => _sink.Put(_block);

        [FramePath]
        public void Box(int n) => _last = n;

        [FramePath]
        public void Text(int n) => _name = "frame " + n.ToString();

        [FramePath]
        public void Bytes(int n) => System.Array.Copy(BitConverter.GetBytes(n), 0, _block, 0, 4);

        [FramePath]
        public void Closure(int n) => _done = () => Quiet(n);

        [FramePath]
        public void Callback() => _done();

        [FramePath]
        public void Clean(int n)
        {
            if (n < 0)
            {
                throw new ArgumentOutOfRangeException();
            }

            Quiet(new SpanByte(_block, 0, n).Length);
            if (n > 4000)
            {
                Report(n);
            }
        }

        private void Helper() => _last = new byte[8];

        private void Quiet(int n) => _block[0] = (byte)n;

        [FramePathExempt("runs once, when the frame is refused")]
        private void Report(int n) => _name = "too long: " + n.ToString();
    }
}
