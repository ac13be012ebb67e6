namespace BodyCam.Firmware.Uplink
{
    /// <summary>Why there is no connection to the gateway. The numbers are stable: they stand in the journal and only grow.</summary>
    public static class LinkFaults
    {
        /// <summary>Connected.</summary>
        public const int None = 0;

        /// <summary>No network is in reach, or none takes the password.</summary>
        public const int WifiAway = 201;

        /// <summary>The clock was never set, so no certificate's dates can be judged: TLS is not tried.</summary>
        public const int ClockUntrusted = 202;

        /// <summary><c>I:\ca.pem</c>, <c>client.pem</c> or <c>client.key</c> is missing or cannot be read.</summary>
        public const int CertificateMissing = 203;

        /// <summary>The recorder's own certificate is out of date, or not valid yet.</summary>
        public const int CertificateExpired = 204;

        /// <summary>The CA's certificate is out of date, or not valid yet.</summary>
        public const int AuthorityExpired = 205;

        /// <summary>The gateway cannot be reached.</summary>
        public const int GatewayUnreachable = 206;

        /// <summary>What answers is not the gateway: its certificate is not from the CA, for another name, or out of date. Nothing was sent to it.</summary>
        public const int GatewayUntrusted = 207;

        /// <summary>The gateway ended the TLS handshake: it does not take the recorder's certificate, or the version.</summary>
        public const int TlsRefused = 208;

        /// <summary>The TLS handshake failed otherwise.</summary>
        public const int TlsFailed = 209;

        /// <summary>The gateway refused the login; the answer stands beside it.</summary>
        public const int LoginRefused = 210;

        /// <summary>The connection broke.</summary>
        public const int Lost = 211;

        /// <summary>True where a technician has to see to it: waiting does not help.</summary>
        public static bool WantsTechnician(int fault)
        {
            return fault == ClockUntrusted || fault == CertificateMissing || fault == CertificateExpired || fault == AuthorityExpired || fault == GatewayUntrusted
                || fault == TlsRefused || fault == TlsFailed || fault == LoginRefused;
        }

        /// <summary>A few words for people.</summary>
        public static string Text(int fault)
        {
            switch (fault)
            {
                case None: return "connected";
                case WifiAway: return "no network in reach";
                case ClockUntrusted: return "the clock was never set";
                case CertificateMissing: return "a certificate file is missing or unreadable";
                case CertificateExpired: return "own certificate out of date";
                case AuthorityExpired: return "CA certificate out of date";
                case GatewayUnreachable: return "the gateway cannot be reached";
                case GatewayUntrusted: return "the gateway's certificate is wrong";
                case TlsRefused: return "the gateway ended the TLS handshake";
                case TlsFailed: return "the TLS handshake failed";
                case LoginRefused: return "the gateway refused the login";
                default: return "the connection broke";
            }
        }
    }
}
