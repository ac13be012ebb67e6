using System.Security.Cryptography;

namespace BodyCam.Firmware.Wire
{
    /// <summary>What became of a message from the gateway.</summary>
    public enum DownOutcome
    {
        /// <summary>Well formed, MAC right, counter new where it has one.</summary>
        Ok = 0,

        /// <summary>Another version, another type or a wrong length.</summary>
        Malformed = 1,

        /// <summary>The MAC does not match: made for another recorder, or forged.</summary>
        BadMac = 2,

        /// <summary>The counter is not greater than the last accepted one.</summary>
        Replayed = 3,
    }

    /// <summary>Common checks of messages from the gateway (protocol §2, §4).</summary>
    public static class DownMessages
    {
        /// <summary>Type byte of a receipt.</summary>
        public const int ReceiptType = 16;

        /// <summary>Type byte of a missing-ranges message.</summary>
        public const int MissingType = 17;

        /// <summary>Type byte of a refusal.</summary>
        public const int RefusalType = 18;

        /// <summary>Type byte of a command.</summary>
        public const int CommandType = 19;

        /// <summary>Type byte, or −1 when the version is not 1 or the message is too short to have one.</summary>
        public static int TypeOf(byte[] message)
        {
            return message == null || message.Length < 2 || message[0] != 1 ? -1 : message[1];
        }

        internal static bool MacMatches(byte[] message, int bodyBytes, byte[] key)
        {
            byte[] mac = HMACSHA256.HashData(key, Bytes.Slice(message, 0, bodyBytes));
            return Bytes.Same(mac, 0, message, bodyBytes, Bytes.DigestBytes);
        }

        internal static DownOutcome CheckMacAndCounter(byte[] message, int bodyBytes, byte[] commandKey, long counter, long lastCounter)
        {
            if (!MacMatches(message, bodyBytes, commandKey))
            {
                return DownOutcome.BadMac;
            }

            return counter <= lastCounter ? DownOutcome.Replayed : DownOutcome.Ok;
        }
    }
}
