using System.CommandLine;
using System.Net;
using System.Text.Json;
using BodyCam.Gateway;
using BodyCam.Rules.Calendars;

namespace BodyCam.Cli;

/// <summary><c>bodycam gateway</c>: runs a station's gateway until it is asked to end.</summary>
internal static class GatewayCommand
{
    /// <summary>Ten years.</summary>
    private const double OrphanHoursMax = 87_600;

    public static Command Create()
    {
        var data = new Option<string>("--data") { Description = "Folder of segments, log and catalog.", Required = true };
        var keys = new Option<string>("--keys") { Description = "Folder of the keys, outside the data folder; made at the first start. Back it up apart from the data.", Required = true };
        var archive = new Option<string?>("--archive") { Description = "Folder of the central archive." };
        var listen = new Option<string>("--listen") { Description = "Address to listen on.", DefaultValueFactory = static _ => "127.0.0.1" };
        var host = new Option<string?>("--host") { Description = "Name or address that recorders are told (default: the address listened on)." };
        var mqtt = new Option<int?>("--mqtt-port") { Description = "MQTT port, 0 for a free one (default: 8883 with TLS, 1883 without)." };
        var http = new Option<int>("--http-port") { Description = "Port of status, metrics and API, 0 for a free one.", DefaultValueFactory = static _ => 8080 };
        var sntp = new Option<int>("--sntp-port") { Description = "UDP port that answers recorders' time questions, 0 for a free one, -1 for none.", DefaultValueFactory = static _ => -1 };
        var tls = new Option<string?>("--tls") { Description = "MQTT over TLS, where each recorder needs its certificate; the default unless the address is loopback. With a PEM file: that certificate, key and chain instead of the gateway's own.", Arity = ArgumentArity.ZeroOrOne };
        var tlsAuthority = new Option<string?>("--tls-ca") { Description = "PEM file of the CA of that certificate, for recorders to trust, when the file does not hold it." };
        var tlsNames = new Option<string[]>("--tls-name") { Description = "Further name or address by which recorders reach the gateway, for its own certificate; more than once for several.", DefaultValueFactory = static _ => [] };
        var plain = new Option<bool>("--plain") { Description = "Plain MQTT to other machines too: link keys and footage can be read on the way." };
        var orphans = new Option<double>("--orphan-after-hours") { Description = "Silence after which what arrived of an unsealed segment is closed without a seal.", DefaultValueFactory = static _ => 168 };
        var policies = new Option<DirectoryInfo?>("--policies") { Description = "Folder of the policy files (default: the ones that ship). Try it with 'bodycam policy check' first." };
        var calendars = new Option<DirectoryInfo?>("--calendars") { Description = "Folder of the calendar files (default: the ones that ship)." };
        var json = new Option<bool>("--json") { Description = "Print ports and key as one JSON line when it serves." };
        Bounds.WithinIfGiven(mqtt, 0, 65535);
        Bounds.Within(http, 0, 65535);
        Bounds.Within(sntp, -1, 65535);
        Bounds.Within(orphans, 0.01, OrphanHoursMax);
        var command = new Command("gateway", "Runs the gateway of a station.") { data, keys, archive, listen, host, mqtt, http, sntp, tls, tlsAuthority, tlsNames, plain, orphans, policies, calendars, json };
        command.Add(CreateRotateKey());
        command.Add(CreateRotateAuthority());
        command.Validators.Add(result =>
        {
            if (result.GetResult(plain) is not null && result.GetResult(tls) is not null)
                result.AddError("--plain and --tls exclude each other: leave one out.");
            if (result.GetResult(host) is null && IPAddress.TryParse(result.GetValue(listen), out var all) && (all.Equals(IPAddress.Any) || all.Equals(IPAddress.IPv6Any)))
                result.AddError("Recorders cannot be told to connect to every address: name with --host how they reach this gateway.");
        });
        command.SetAction((parsed, cancel) => RunAsync(
            Secured(parsed.GetResult(tls) is not null, parsed.GetValue(plain), parsed.GetValue(mqtt), new GatewayOptions
            {
                DataFolder = Path.GetFullPath(parsed.GetValue(data)!),
                KeysFolder = Path.GetFullPath(parsed.GetValue(keys)!),
                ArchiveFolder = parsed.GetValue(archive) is { } folder ? Path.GetFullPath(folder) : null,
                Address = parsed.GetValue(listen)!,
                HttpPort = parsed.GetValue(http),
                SntpPort = parsed.GetValue(sntp),
                TlsCertificate = parsed.GetValue(tls),
                TlsAuthority = parsed.GetValue(tlsAuthority),
                TlsNames = parsed.GetValue(tlsNames) ?? [],
                OrphanAfter = TimeSpan.FromHours(parsed.GetValue(orphans)),
                PoliciesFolder = parsed.GetValue(policies)?.FullName ?? PolicyCommand.ShippedFolder,
                CalendarsFolder = parsed.GetValue(calendars)?.FullName ?? CalendarSet.ShippedFolder,
                Provisioning = new Core.Keys.ProvisioningValues { GatewayHost = parsed.GetValue(host) ?? parsed.GetValue(listen)! },
            }),
            parsed.GetValue(json),
            cancel));
        return command;
    }

    private static Command CreateRotateKey()
    {
        var data = new Option<string>("--data") { Description = "The gateway's data folder.", Required = true };
        var keys = new Option<string>("--keys") { Description = "The gateway's keys folder.", Required = true };
        var json = new Option<bool>("--json") { Description = "Print the result as one JSON object." };
        var command = new Command("rotate-key", "Gives a gateway that does not run a new key, also when the old one is lost; the log goes on under its name and says so. Broken off, it is finished by running it again.") { data, keys, json };
        command.SetAction(parsed => RotateKey(Path.GetFullPath(parsed.GetValue(data)!), Path.GetFullPath(parsed.GetValue(keys)!), parsed.GetValue(json)));
        return command;
    }

    private static int RotateKey(string data, string keys, bool json)
    {
        try
        {
            var done = KeyRotation.Run(data, keys, TimeProvider.System);
            Console.WriteLine(json
                ? JsonSerializer.Serialize(new { oldKeyId = done.OldKeyId, newKeyId = done.NewKeyId, vouchedFor = done.IsVouchedFor, oldKeyFile = done.OldKeyFile, sequence = done.Sequence })
                : $"Key {done.NewKeyId} signs from record {done.Sequence} on, after {done.OldKeyId}{(done.IsVouchedFor ? ", which signed the change" : ", which is lost: nobody but you vouches for the new key")}. Keep {Path.Combine(data, "gateway.pem")} and {Path.Combine(data, done.OldKeyFile)} outside the station, back up {keys}, and start the gateway.");
            return ExitCode.Done;
        }
        catch (Exception failure) when (failure is InvalidOperationException or IOException or UnauthorizedAccessException or Log.LogBrokenException)
        {
            Console.Error.WriteLine($"bodycam: {failure.Message}");
            return ExitCode.Usage;
        }
    }

    private static Command CreateRotateAuthority()
    {
        var data = new Option<string>("--data") { Description = "The gateway's data folder.", Required = true };
        var keys = new Option<string>("--keys") { Description = "The gateway's keys folder.", Required = true };
        var lost = new Option<bool>("--lost") { Description = "The old CA's key is lost or in wrong hands: nothing of it is trusted any more, and every board is made anew." };
        var json = new Option<bool>("--json") { Description = "Print the result as one JSON object." };
        var command = new Command("rotate-ca", "Gives a gateway that does not run a new CA for its own and the recorders' certificates. Boards that trust the old one go on; broken off, it is finished by running it again.") { data, keys, lost, json };
        command.SetAction(parsed => RotateAuthority(Path.GetFullPath(parsed.GetValue(data)!), Path.GetFullPath(parsed.GetValue(keys)!), parsed.GetValue(lost), parsed.GetValue(json)));
        return command;
    }

    private static int RotateAuthority(string data, string keys, bool lost, bool json)
    {
        try
        {
            using var held = KeyRotation.Hold(data, keys, "rotate-ca");
            var done = Core.Keys.AuthorityChange.Run(keys, lost, TimeProvider.System);
            Console.WriteLine(json
                ? JsonSerializer.Serialize(new { oldSha256 = done.OldSha256, newSha256 = done.NewSha256, vouchedFor = done.IsVouchedFor, retiredFile = done.RetiredFile })
                : done.IsVouchedFor
                    ? $"CA {done.NewSha256[..16]} issues from now on. Boards of {done.OldSha256![..16]} go on: the old CA signed the new one, and {done.RetiredFile} keeps their certificates accepted. Back up {keys} and start the gateway; make boards again as they come to the bench ('bodycam board list' names them), then remove {done.RetiredFile}."
                    : $"CA {done.NewSha256[..16]} issues from now on; none before it is trusted. Back up {keys}, start the gateway, and make every board again: 'bodycam board new ID --again', then flash it.");
            return ExitCode.Done;
        }
        catch (Exception failure) when (failure is InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"bodycam: {failure.Message}");
            return ExitCode.Usage;
        }
    }

    // Off loopback the safe way is the default; the ports are those that are registered for MQTT (IANA: 8883 with TLS, 1883 without).
    private static GatewayOptions Secured(bool isTlsWished, bool isPlainWished, int? port, GatewayOptions options)
    {
        var isSecure = isTlsWished || (!isPlainWished && IPAddress.TryParse(options.Address, out var address) && !IPAddress.IsLoopback(address));
        return options with { Tls = isSecure, IsPlainAllowed = isPlainWished, MqttPort = port ?? (isSecure ? 8883 : 1883) };
    }

    private static async Task<int> RunAsync(GatewayOptions options, bool json, CancellationToken cancel)
    {
        GatewayHost gateway;
        var absent = GatewayStart.Absent(options.DataFolder);
        try
        {
            GatewayStart.Assert(options);
            gateway = await GatewayHost.StartAsync(options, cancel).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is InvalidOperationException or IOException or UnauthorizedAccessException or FormatException or InvalidDataException or System.Net.Sockets.SocketException or Log.LogBrokenException)
        {
            GatewayStart.Remove(absent);
            Console.Error.WriteLine($"bodycam: {GatewayStart.Words(failure, options)}");
            return ExitCode.Usage;
        }

        await using (gateway)
        {
            if (json)
                Console.WriteLine(JsonSerializer.Serialize(new { mqttPort = gateway.MqttPort, httpPort = gateway.HttpPort, sntpPort = gateway.SntpPort, keysFolder = options.KeysFolder, tls = options.Tls }));
            else
                Console.WriteLine($"Serving: MQTT {options.Address}:{gateway.MqttPort} ({(options.Tls ? "TLS, recorders with certificates" : "plain: to be read by whoever is on the way")}), status http://{options.Address}:{gateway.HttpPort}/status. The token for provisioning is in {Path.Combine(options.KeysFolder, "admin.token")}. Ctrl-C ends it.");
            // Not waited for: a mount that hangs holds up neither the ports nor the end.
            _ = ArchiveWarning.TellAsync(options, gateway.Ingest.HasArchived, cancel);
            await gateway.WaitForShutdownAsync(cancel).ConfigureAwait(false);
        }

        // Asked when it is closed: what fails in its end is a failure too.
        return gateway.HasFailed ? ExitCode.Failed : ExitCode.Done;
    }
}
