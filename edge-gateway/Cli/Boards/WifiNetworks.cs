using System.Globalization;
using System.Text;

namespace BodyCam.Cli.Boards;

/// <summary>A Wi-Fi network that a board joins.</summary>
/// <param name="Ssid">Name, 1 to 32 bytes of UTF-8 (IEEE 802.11 §9.4.2.2).</param>
/// <param name="Password">8 to 63 printable ASCII characters (WPA2 passphrase); empty for an open network.</param>
internal sealed record WifiNetwork(string Ssid, string Password);

/// <summary>The networks for a board: names are arguments, passwords never are.</summary>
internal static class WifiNetworks
{
    /// <summary>Networks that the configuration file has room for.</summary>
    public const int CountMax = 4;

    /// <summary>Start of the environment variable with the password of network 1, 2 ….</summary>
    public const string PasswordVariable = "BODYCAM_WIFI_PASSWORD_";

    private const int SsidBytesMax = 32;
    private const int PasswordCharsMin = 8;
    private const int PasswordCharsMax = 63;

    /// <summary>Puts names and passwords together: a line of the file, else the environment, else asked for.</summary>
    /// <param name="ssids">Names in the order of trial.</param>
    /// <param name="passwordFile">File whose line n is the password of network n; null for none.</param>
    /// <param name="ask">Asks a person without showing what is typed; null when nobody is there.</param>
    /// <exception cref="InvalidDataException">A name or password that no network can have, or a password that is nowhere; the message says what to do.</exception>
    public static IReadOnlyList<WifiNetwork> Read(IReadOnlyList<string> ssids, string? passwordFile, Func<string, string>? ask)
    {
        if (ssids.Count > CountMax)
            throw new InvalidDataException($"{ssids.Count} networks are too many: name at most {CountMax} with --wifi.");
        if (passwordFile is not null && !File.Exists(passwordFile))
            throw new InvalidDataException($"there is no file {passwordFile}: name the one with the passwords with --wifi-passwords.");
        var lines = passwordFile is null ? [] : File.ReadAllLines(passwordFile, Encoding.UTF8);
        if (passwordFile is not null && lines.Length < ssids.Count)
            throw new InvalidDataException($"{passwordFile} has {lines.Length} lines for {ssids.Count} networks: give one line each, an empty one for an open network.");
        var networks = new List<WifiNetwork>();
        foreach (var ssid in ssids)
        {
            var index = networks.Count;
            var variable = PasswordVariable + (index + 1).ToString(CultureInfo.InvariantCulture);
            var password = index < lines.Length ? lines[index] : Environment.GetEnvironmentVariable(variable) ?? ask?.Invoke(ssid)
                ?? throw new InvalidDataException($"there is no password for network {index + 1}: give a file with --wifi-passwords, or set {variable} (empty for an open network).");
            Check(ssid, password, index + 1);
            networks.Add(new WifiNetwork(ssid, password));
        }

        return networks;
    }

    /// <summary>The networks of a configuration file that was made before.</summary>
    public static IReadOnlyList<WifiNetwork> Of(IReadOnlyDictionary<string, string> configuration)
    {
        var networks = new List<WifiNetwork>();
        for (var number = 1; number <= CountMax && configuration.TryGetValue(Key("wifiSsid", number), out var ssid); number++)
            networks.Add(new WifiNetwork(ssid, configuration.GetValueOrDefault(Key("wifiPassword", number), "")));
        return networks;
    }

    /// <summary>The lines of <c>bodycam.cfg</c>: <c>wifiSsid1</c>, <c>wifiPassword1</c> ….</summary>
    public static IEnumerable<KeyValuePair<string, string>> Lines(IReadOnlyList<WifiNetwork> networks) =>
        networks.SelectMany(static (network, index) => new KeyValuePair<string, string>[] { new(Key("wifiSsid", index + 1), network.Ssid), new(Key("wifiPassword", index + 1), network.Password) });

    private static string Key(string name, int number) => name + number.ToString(CultureInfo.InvariantCulture);

    // The recorder trims each line: what begins or ends with a space would not arrive as it is. A password is never repeated.
    private static void Check(string ssid, string password, int number)
    {
        if (Encoding.UTF8.GetByteCount(ssid) is 0 or > SsidBytesMax || ssid.Any(char.IsControl) || ssid.Trim() != ssid)
            throw new InvalidDataException($"network {number} cannot be called '{ssid}': a name has 1 to {SsidBytesMax} bytes and no space at its ends.");
        if (password.Length > 0 && (password.Length is < PasswordCharsMin or > PasswordCharsMax || password.Any(static letter => letter is < ' ' or > '~') || password.Trim() != password))
            throw new InvalidDataException($"the password of network {number} ({ssid}) cannot be one: it has {PasswordCharsMin} to {PasswordCharsMax} letters, digits and signs of ASCII and no space at its ends; none for an open network.");
    }
}
