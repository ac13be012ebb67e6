using System.IO;
using System.Security.Cryptography.X509Certificates;
using nanoFramework.M2Mqtt;

namespace BodyCam.Hazards
{
    public class Traps
    {
        public static FileStream SharesWithNobody() => File.OpenRead("D:\\a.mkv");

        public static long Room() => new DriveInfo("D:\\").TotalSize;

        public static void Queue() => MqttSettings.Instance.InflightQueueSize = 4;

        public static void TrustsAnybody() => MqttSettings.Instance.ValidateServerCertificate = false;

        public static X509Certificate2 NoNul(byte[] pem) => new X509Certificate2(pem, pem, "");

        public static byte[] TooLarge() => new byte[800000];

        public static byte[] LargeEnough() => new byte[786420];
    }
}
