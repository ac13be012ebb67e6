using System.Globalization;
using System.Security.Cryptography.X509Certificates;

namespace BodyCam.Core.Keys;

/// <summary>Who a recorder's certificate speaks of (protocol §1): the subject is <c>OU = epoch-&lt;epoch&gt;, CN = &lt;device id&gt;</c> and nothing else.</summary>
/// <param name="Device">Common name: the device id, no wildcard, no second name.</param>
/// <param name="Epoch">Epoch that the certificate is for, ≥ 1, decimal without leading zeros.</param>
public readonly record struct RecorderIdentity(DeviceId Device, uint Epoch)
{
    // X.520 attribute types.
    private const string CommonName = "2.5.4.3";
    private const string OrganizationalUnit = "2.5.4.11";
    private const string EpochStart = "epoch-";

    /// <summary>The subject of a certificate for this identity.</summary>
    public X500DistinguishedName ToSubject()
    {
        var builder = new X500DistinguishedNameBuilder();
        // The builder encodes what was added last first: the common name stands at the end.
        builder.AddCommonName(Device.Text);
        builder.AddOrganizationalUnitName(EpochStart + Epoch.ToString(CultureInfo.InvariantCulture));
        return builder.Build();
    }

    /// <summary>Reads the subject; false when it is not exactly one device id and one epoch.</summary>
    public static bool TryRead(X500DistinguishedName subject, out RecorderIdentity identity)
    {
        ArgumentNullException.ThrowIfNull(subject);
        identity = default;
        string? name = null;
        string? unit = null;
        try
        {
            foreach (var part in subject.EnumerateRelativeDistinguishedNames())
            {
                if (part.HasMultipleElements)
                    return false;
                var type = part.GetSingleElementType().Value;
                if (type == CommonName && name is null)
                    name = part.GetSingleElementValue();
                else if (type == OrganizationalUnit && unit is null)
                    unit = part.GetSingleElementValue();
                else
                    return false;
            }
        }
        catch (System.Security.Cryptography.CryptographicException)
        {
            return false;
        }

        if (!DeviceId.TryParse(name, out var device) || unit is null || !unit.StartsWith(EpochStart, StringComparison.Ordinal))
            return false;
        var digits = unit.AsSpan(EpochStart.Length);
        if (digits.Length == 0 || digits[0] == '0' || !uint.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var epoch))
            return false;
        identity = new RecorderIdentity(device, epoch);
        return true;
    }
}
