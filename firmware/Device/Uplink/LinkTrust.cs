using System;
using System.IO;
using System.Security.Cryptography.X509Certificates;
using BodyCam.Firmware.Boards;
using BodyCam.Firmware.Control;
using BodyCam.Firmware.Storage;
using BodyCam.Firmware.Time;
using nanoFramework.M2Mqtt;

namespace BodyCam.Firmware.Uplink
{
    /// <summary>Certificates of the link: read from <c>I:</c>, their dates judged by a trusted clock before TLS is tried at all. Uplink thread only.</summary>
    internal sealed class LinkTrust
    {
        private const string AuthorityPath = "I:\\ca.pem";
        private const string OwnPath = "I:\\client.pem";
        private const string OwnKeyPath = "I:\\client.key";
        private const long DayUs = 86400L * 1000000;
        private const long TicksPerMicrosecond = 10;

        private readonly Provisioning _provisioning;
        private readonly ClockKeeper _clock;
        private readonly LinkState _link;
        private readonly Diary _diary;
        private X509Certificate2 _authority;
        private X509Certificate2 _own;
        private bool _avoidsTls13;
        private long _tellAgainUs;

        internal LinkTrust(Provisioning provisioning, ClockKeeper clock, LinkState link, Diary diary)
        {
            _provisioning = provisioning;
            _clock = clock;
            _link = link;
            _diary = diary;
        }

        /// <summary>CA that the gateway's certificate must come from; null without TLS.</summary>
        internal X509Certificate2 Authority => _authority;

        /// <summary>The recorder's certificate with its key; null without TLS.</summary>
        internal X509Certificate2 Own => _own;

        /// <summary>The one version to name at the next attempt. The client takes exactly one and the chip then speaks no other (M2Mqtt 5.1 MqttSslUtility; ssl_generic_init_internal.cpp), so 1.3 and 1.2 take turns while the handshake is refused.</summary>
        internal MqttSslProtocols Version => !_provisioning.Tls ? MqttSslProtocols.None : _avoidsTls13 ? MqttSslProtocols.TLSv1_2 : MqttSslProtocols.TLSv1_3;

        /// <summary>The handshake failed: the other version is named next time. One that succeeded stays until it fails.</summary>
        internal void HandshakeFailed()
        {
            _avoidsTls13 = !_avoidsTls13;
        }

        /// <summary>Whether TLS may be tried now.</summary>
        /// <returns>None, or why not (<see cref="LinkFaults"/>).</returns>
        internal int Check()
        {
            if (!_provisioning.Tls)
            {
                return LinkFaults.None;
            }

            if (!_clock.IsTrusted)
            {
                return LinkFaults.ClockUntrusted;
            }

            if (!Load())
            {
                return LinkFaults.CertificateMissing;
            }

            long nowUs = SystemClock.WallUs;
            int ownDays = DaysLeft(_own.NotAfter, nowUs);
            int authorityDays = DaysLeft(_authority.NotAfter, nowUs);
            _link.CertificateDays = ownDays < authorityDays ? ownDays : authorityDays;
            if (authorityDays == 0 || ToUs(_authority.NotBefore) > nowUs)
            {
                Tell("ca", authorityDays, _authority.NotAfter);
                return LinkFaults.AuthorityExpired;
            }

            if (ownDays == 0 || ToUs(_own.NotBefore) > nowUs)
            {
                Tell("own", ownDays, _own.NotAfter);
                return LinkFaults.CertificateExpired;
            }

            if (_link.CertificateDays <= LinkState.WarnDays)
            {
                Tell(ownDays <= authorityDays ? "own" : "ca", _link.CertificateDays, ownDays <= authorityDays ? _own.NotAfter : _authority.NotAfter);
            }

            return LinkFaults.None;
        }

        // 0 from the last moment on.
        private static int DaysLeft(DateTime end, long nowUs)
        {
            long leftUs = ToUs(end) - nowUs;
            return leftUs <= 0 ? 0 : (int)(leftUs / DayUs) + 1;
        }

        private static long ToUs(DateTime utc)
        {
            return (utc.Ticks - DateTime.UnixEpoch.Ticks) / TicksPerMicrosecond;
        }

        private bool Load()
        {
            if (_own != null && _authority != null)
            {
                return true;
            }

            try
            {
                _authority = new X509Certificate2(File.ReadAllText(AuthorityPath));
                _own = new X509Certificate2(File.ReadAllText(OwnPath), File.ReadAllText(OwnKeyPath), "");

                // Asked here so that a file that holds no certificate shows now and not in the middle of a connection.
                return _authority.NotAfter.Ticks > 0 && _own.NotAfter.Ticks > 0;
            }
            catch (Exception)
            {
                _authority = null;
                _own = null;
                return false;
            }
        }

        // Once a boot and once a day.
        private void Tell(string which, int days, DateTime end)
        {
            long nowUs = SystemClock.MonotonicUs;
            if (_tellAgainUs != 0 && nowUs < _tellAgainUs)
            {
                return;
            }

            _tellAgainUs = nowUs + DayUs;
            _diary.Line(Events.Certificate).Add("which", which).Add("days", days).Add("notAfterUs", ToUs(end));
            _diary.Write(true);
        }
    }
}
