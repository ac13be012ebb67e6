namespace BodyCam.Firmware.Uplink
{
    /// <summary>What other threads may know of the link. Written by the uplink thread only; single values, read without a lock.</summary>
    public sealed class LinkState
    {
        /// <summary>Days before its end from which on a certificate is warned of.</summary>
        public const int WarnDays = 30;

        /// <summary>One of <see cref="LinkFaults"/>; not connected yet counts as unreachable.</summary>
        public int Fault { get; internal set; } = LinkFaults.GatewayUnreachable;

        /// <summary>The fault before this connection, 0 when there was none since power-up.</summary>
        public int LastFault { get; internal set; }

        /// <summary>Whole days until the first of own and CA certificate ends; −1 unknown or without TLS, 0 over.</summary>
        public int CertificateDays { get; internal set; } = -1;

        /// <summary>Name of the network that was joined by name last; empty while the chip joined by itself.</summary>
        public string Ssid { get; internal set; } = "";

        /// <summary>True once the gateway has answered something on this connection.</summary>
        public bool HasAnswered { get; internal set; }

        /// <summary>True while connected.</summary>
        public bool IsUp => Fault == LinkFaults.None;

        /// <summary>True when a technician has to see to link or certificates.</summary>
        public bool WantsTechnician => LinkFaults.WantsTechnician(Fault) || (CertificateDays >= 0 && CertificateDays <= WarnDays);
    }
}
