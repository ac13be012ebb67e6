using System.Text;
using BodyCam.Nano.Support;

namespace System.Security.Cryptography
{
    /// <summary>Keeps the caller's key array and wipes it on disposal, as the chip does and .NET does not.</summary>
    public class HMACSHA256 : IDisposable
    {
        // The last key's, kept for the next call: a card is read with one key, record by record.
        [ThreadStatic]
        private static IncrementalHash t_hash;
        [ThreadStatic]
        private static byte[] t_key;

        private readonly byte[] _key;

        public HMACSHA256(byte[] key) => _key = key ?? throw new ArgumentNullException(nameof(key));

        public static byte[] HashData(byte[] key, byte[] source)
        {
            if (key == null)
                throw new ArgumentNullException(nameof(key));
            if (source == null)
                throw new ArgumentNullException(nameof(source));
            if (t_key == null || !key.AsSpan().SequenceEqual(t_key))
            {
                t_hash?.Dispose();
                t_hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
                t_key = (byte[])key.Clone();
            }

            t_hash.AppendData(source);
            return t_hash.GetHashAndReset();
        }

        public byte[] ComputeHash(byte[] buffer) => HashData(_key, buffer);

        public void Dispose() => Array.Clear(_key, 0, _key.Length);
    }
}

namespace System.Security.Cryptography.X509Certificates
{
    /// <summary>Holds PEM text; the chip hands it to its TLS stack as it is.</summary>
    public class X509Certificate
    {
        public X509Certificate() { }

        public X509Certificate(byte[] certificate) : this(Encoding.UTF8.GetString(certificate)) { }

        public X509Certificate(string certificate) => Pem = certificate;

        internal string Pem { get; }

        internal string KeyPem { get; private protected set; }
    }

    public class X509Certificate2 : X509Certificate
    {
        public X509Certificate2(byte[] rawData) : base(rawData) { }

        public X509Certificate2(string certificate) : base(certificate) { }

        public X509Certificate2(string rawData, string key, string password) : base(rawData) => KeyPem = key;

        public X509Certificate2(byte[] rawData, string key, string password) : base(rawData) => KeyPem = key;

        public X509Certificate2(byte[] rawData, byte[] key, string password) : base(rawData) => KeyPem = Encoding.UTF8.GetString(key);

        public bool HasPrivateKey => KeyPem != null;

        public DateTime NotAfter
        {
            get
            {
                CertificateText.ReadDates(Pem, out _, out long ticks);
                return new DateTime(ticks);
            }
        }

        public DateTime NotBefore
        {
            get
            {
                CertificateText.ReadDates(Pem, out long ticks, out _);
                return new DateTime(ticks);
            }
        }

        public byte[] RawData => Encoding.UTF8.GetBytes(Pem);
    }
}
