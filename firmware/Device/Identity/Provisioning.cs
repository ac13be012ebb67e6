using System;
using System.Collections;
using System.IO;
using System.Text;
using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Storage
{
    /// <summary>The provisioning file (protocol §7): identity, keys and policy hints. Unknown keys are kept.</summary>
    public sealed class Provisioning
    {
        /// <summary>Where it lies.</summary>
        public const string FilePath = "I:\\bodycam.cfg";

        // The field of the seals and of the messages; a longer one finds no room in the head of a segment.
        private const int DeviceCharactersMax = 32;

        // Recordings of one epoch, the gateway's limit.
        private const int RecordingsMax = 1000000;

        private const string NewPath = "I:\\bodycam.new";
        private static readonly string[] s_required = { "format", "device", "epoch", "gatewayHost", "gatewayPort", "journalKey", "receiptKey", "commandKey", "linkKey", "recordingNumber", "chunkBytes", "cardBytes", "clusterBytes" };

        private readonly ArrayList _keys = new ArrayList();
        private readonly ArrayList _values = new ArrayList();

        private Provisioning()
        {
        }

        /// <summary>First required key that is missing or not readable; null when the recorder is provisioned.</summary>
        public string MissingKey { get; private set; }

        /// <summary>True when every required key is there.</summary>
        public bool IsComplete => MissingKey == null;

        /// <summary>Device id.</summary>
        public string Device => Get("device") ?? "";

        /// <summary>Epoch, ≥ 1; 0 when missing.</summary>
        public int Epoch => GetInt("epoch", 0);

        /// <summary>Gateway's host name or address.</summary>
        public string GatewayHost => Get("gatewayHost") ?? "";

        /// <summary>Gateway's MQTT port.</summary>
        public int GatewayPort => GetInt("gatewayPort", 1, 65535, 8883);

        /// <summary>True when the link is TLS.</summary>
        public bool Tls => GetInt("tls", 0) == 1;

        /// <summary>SNTP server.</summary>
        public string Sntp => Get("sntp") ?? GatewayHost;

        /// <summary>Key of recording <see cref="RecordingNumber"/>, null once it has been forgotten here.</summary>
        public byte[] RecordingKey => Bytes.FromHex(Get("recordingKey"), 32);

        /// <summary>Recording that <see cref="RecordingKey"/> is for.</summary>
        public int RecordingNumber => GetInt("recordingNumber", 1);

        /// <summary>Journal key.</summary>
        public byte[] JournalKey { get; private set; }

        /// <summary>Receipt key.</summary>
        public byte[] ReceiptKey { get; private set; }

        /// <summary>Command key.</summary>
        public byte[] CommandKey { get; private set; }

        /// <summary>Link key; its lower-case hexadecimal is the MQTT password.</summary>
        public string LinkKeyHex => Get("linkKey") ?? "";

        /// <summary>Gateway key id, 8 bytes as hexadecimal.</summary>
        public string GatewayKeyId => Get("gatewayKeyId") ?? "";

        /// <summary>4,096 or 8,192.</summary>
        public int ChunkBytes => GetInt("chunkBytes", 4096) == 8192 ? 8192 : 4096;

        /// <summary>Size of the card.</summary>
        public long CardBytes => GetLong("cardBytes", 0);

        /// <summary>Cluster size of the card's file system.</summary>
        public int ClusterBytes => GetInt("clusterBytes", 512, 1 << 20, 32768);

        /// <summary>Picture width.</summary>
        public int WidthPx => GetInt("widthPx", 160, 800, 640);

        /// <summary>Picture height.</summary>
        public int HeightPx => GetInt("heightPx", 120, 600, 480);

        /// <summary>Compression of the pictures, 4…63; lower is better.</summary>
        public int JpegQuality => GetInt("jpegQuality", 12);

        /// <summary>True when exposure may take longer than a sensor frame (<c>exposure=night</c>).</summary>
        public bool Night => Get("exposure") == "night";

        /// <summary>Upper bound of the picture rate.</summary>
        public int FramesPerSecondMax => GetInt("framesPerSecondMax", 1, 30, 4);

        /// <summary>True when sound is recorded.</summary>
        public bool Sound => GetInt("sound", 1) == 1;

        /// <summary>Id of the notice phrase.</summary>
        public string NoticeText => Get("noticeText") ?? "";

        /// <summary>Length of the spoken note window, s.</summary>
        public int NoteWindowS => GetInt("noteWindowS", 1, 600, 30);

        /// <summary>Battery level that warns.</summary>
        public int BatteryWarnPercent => GetInt("batteryWarnPercent", 0, 100, 20);

        /// <summary>Battery level that stops.</summary>
        public int BatteryStopPercent => GetInt("batteryStopPercent", 0, 50, 5);

        /// <summary>Floor of the hard stop, bytes; 0 means 256 MB.</summary>
        public long StorageStopBytes => GetLong("storageStopBytes", 0);

        /// <summary>Share of the link that live segments may take.</summary>
        public int UplinkSharePercent => GetInt("uplinkSharePercent", 0, 100, 50);

        /// <summary>True when the self-test runs instead of the recorder.</summary>
        public bool IsSelfTest => Get("mode") == "selfTest";

        /// <summary>Name of the n-th Wi-Fi network, n from 1; null when there is none. Without any the chip's configuration block stands alone.</summary>
        public string WifiSsid(int number)
        {
            string ssid = Get("wifiSsid" + number.ToString());
            return ssid == null || ssid.Length == 0 ? null : ssid;
        }

        /// <summary>Its password, empty for an open network.</summary>
        public string WifiPassword(int number)
        {
            return Get("wifiPassword" + number.ToString()) ?? "";
        }

        /// <summary>Reads the file, or what a cut during its replacement left; never throws.</summary>
        public static Provisioning Load()
        {
            Provisioning result = new Provisioning();
            try
            {
                string path = File.Exists(FilePath) ? FilePath : NewPath;
                if (File.Exists(path))
                {
                    result.Merge(File.ReadAllText(path));
                }
            }
            catch (Exception)
            {
                result.MissingKey = "file";
                return result;
            }

            result.Check();
            return result;
        }

        /// <summary>Value of any key, or null.</summary>
        public string Get(string key)
        {
            int index = _keys.IndexOf(key);
            return index < 0 ? null : (string)_values[index];
        }

        /// <summary>Whole number of any key, or <paramref name="otherwise"/>.</summary>
        public int GetInt(string key, int otherwise)
        {
            int value;
            string text = Get(key);
            return text != null && int.TryParse(text, out value) ? value : otherwise;
        }

        // A figure that nothing can be recorded with must not take the recorder out of service.
        private int GetInt(string key, int least, int most, int otherwise)
        {
            int value = GetInt(key, otherwise);
            return value < least || value > most ? otherwise : value;
        }

        /// <summary>Merges <c>key=value</c> lines (command <c>configure</c>) and writes the file. Read it again with <see cref="Load"/> afterwards.</summary>
        /// <returns>Ok; Unprovisioned when the result lacks a required key (nothing is written, everything stays in force); WriteFailed.</returns>
        public StoreResult Replace(string lines)
        {
            object[] keys = _keys.ToArray();
            object[] values = _values.ToArray();
            Merge(lines);
            Check();
            StoreResult result = IsComplete ? Write() : StoreResult.Unprovisioned;
            if (result != StoreResult.Ok)
            {
                _keys.Clear();
                _values.Clear();
                for (int i = 0; i < keys.Length; i++)
                {
                    _keys.Add(keys[i]);
                    _values.Add(values[i]);
                }

                Check();
            }

            return result;
        }

        /// <summary>Removes the recording key from the file, so that only <c>I:\state.bin</c> holds the ratcheted one.</summary>
        public StoreResult ForgetRecordingKey()
        {
            int index = _keys.IndexOf("recordingKey");
            if (index < 0 || ((string)_values[index]).Length == 0)
            {
                return StoreResult.Ok;
            }

            _values[index] = "";
            return Write();
        }

        private StoreResult Write()
        {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < _keys.Count; i++)
            {
                text.Append((string)_keys[i]).Append('=').Append((string)_values[i]).Append('\n');
            }

            try
            {
                if (File.Exists(NewPath) && File.Exists(FilePath))
                {
                    File.Delete(NewPath);
                }

                byte[] bytes = Encoding.UTF8.GetBytes(text.ToString());
                FileStream file = new FileStream(NewPath, FileMode.Create, FileAccess.ReadWrite);
                file.Write(bytes, 0, bytes.Length);
                file.Flush();
                file.Close();
                if (File.Exists(FilePath))
                {
                    File.Delete(FilePath);
                }

                File.Move(NewPath, FilePath);
                return StoreResult.Ok;
            }
            catch (Exception)
            {
                return StoreResult.WriteFailed;
            }
        }

        private void Merge(string text)
        {
            string[] lines = text.Split('\n');
            for (int i = 0; i < lines.Length; i++)
            {
                string line = lines[i].Trim();
                int equals = line.IndexOf('=');
                if (equals <= 0 || line[0] == '#')
                {
                    continue;
                }

                string key = line.Substring(0, equals);
                string value = line.Substring(equals + 1);
                int index = _keys.IndexOf(key);
                if (index < 0)
                {
                    _keys.Add(key);
                    _values.Add(value);
                }
                else
                {
                    _values[index] = value;
                }
            }
        }

        private void Check()
        {
            MissingKey = null;
            for (int i = 0; i < s_required.Length && MissingKey == null; i++)
            {
                string value = Get(s_required[i]);
                if (value == null || value.Length == 0)
                {
                    MissingKey = s_required[i];
                }
            }

            JournalKey = Key("journalKey");
            ReceiptKey = Key("receiptKey");
            CommandKey = Key("commandKey");
            if (MissingKey == null && Epoch < 1)
            {
                MissingKey = "epoch";
            }

            if (MissingKey == null && Device.Length > DeviceCharactersMax)
            {
                MissingKey = "device";
            }

            if (MissingKey == null && (RecordingNumber < 1 || RecordingNumber > RecordingsMax))
            {
                MissingKey = "recordingNumber";
            }
        }

        private byte[] Key(string name)
        {
            byte[] key = Bytes.FromHex(Get(name), 32);
            if (key == null && MissingKey == null)
            {
                MissingKey = name;
            }

            return key;
        }

        private long GetLong(string key, long otherwise)
        {
            long value;
            string text = Get(key);
            return text != null && long.TryParse(text, out value) ? value : otherwise;
        }
    }
}
