using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace BodyCam.Packaging.Tests;

/// <summary>RFC 3161 against <c>openssl ts</c> as the authority, both ways.</summary>
public sealed class TimeStampTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("tsa").FullName;
    private readonly byte[] note = Encoding.UTF8.GetBytes("bodycam/gateway/1\n17\nroot\n\n— sig\n");

    public TimeStampTests()
    {
        File.WriteAllText(Path.Combine(folder, "ts.cnf"), """
            [req]
            distinguished_name = dn
            [dn]
            [ca]
            basicConstraints = critical,CA:TRUE
            keyUsage = critical,keyCertSign
            [tsa]
            keyUsage = critical,digitalSignature
            extendedKeyUsage = critical,timeStamping
            [tsa_config]
            serial = serial
            crypto_device = builtin
            signer_cert = tsa.pem
            certs = ca.pem
            signer_key = tsa.key
            signer_digest = sha256
            default_policy = 1.2.3.4.1
            digests = sha256
            accuracy = secs:1
            ess_cert_id_alg = sha256
            """);
        File.WriteAllText(Path.Combine(folder, "serial"), "01\n");
        Openssl("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 30 -subj /CN=Test-CA -config ts.cnf -extensions ca");
        Openssl("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout tsa.key -out tsa.csr -subj /CN=Test-TSA -config ts.cnf");
        Openssl("x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out tsa.pem -days 30 -extfile ts.cnf -extensions tsa");
        File.WriteAllBytes(Path.Combine(folder, "note"), note);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_stamp_of_the_authority_holds_here_and_for_openssl_and_for_nothing_else()
    {
        var token = await Ask(answer => answer);
        using var ca = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(folder, "ca.pem"));
        var stamp = TimeStamps.Check(token, note, [ca]);
        Assert.NotNull(stamp);
        Assert.Equal("Test-TSA", stamp.Authority);
        Assert.InRange(stamp.At, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(5));
        Assert.Equal(TimeSpan.FromSeconds(1), stamp.Accuracy);

        File.WriteAllBytes(Path.Combine(folder, "token"), token);
        Assert.Contains("Verification: OK", Openssl("ts -verify -data note -in token -token_in -CAfile ca.pem"), StringComparison.Ordinal);

        Assert.Null(TimeStamps.Check(token, [.. note, 0], [ca]));
        var changed = (byte[])token.Clone();
        changed[^10] ^= 1;
        Assert.Null(TimeStamps.Check(changed, note, [ca]));
        Assert.Null(TimeStamps.Check(token.AsMemory(0, token.Length / 2), note, [ca]));
        Openssl("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout other.key -out other.pem -days 30 -subj /CN=Other-CA -config ts.cnf -extensions ca");
        using var other = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(folder, "other.pem"));
        Assert.Null(TimeStamps.Check(token, note, [other]));
    }

    [Fact]
    public async Task A_stamp_that_openssl_asked_for_holds_here()
    {
        Openssl("ts -query -data note -sha256 -cert -out query");
        Openssl("ts -reply -queryfile query -config ts.cnf -section tsa_config -out reply");
        Openssl("ts -reply -in reply -token_out -out token");
        using var ca = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(folder, "ca.pem"));
        Assert.NotNull(TimeStamps.Check(await File.ReadAllBytesAsync(Path.Combine(folder, "token"), TestContext.Current.CancellationToken), note, [ca]));
    }

    [Fact]
    public async Task An_answer_to_another_question_or_none_at_all_is_refused_with_the_next_action()
    {
        Openssl("ts -query -data ca.pem -sha256 -cert -out other.q");
        Openssl("ts -reply -queryfile other.q -config ts.cnf -section tsa_config -out other.r");
        var replayed = File.ReadAllBytes(Path.Combine(folder, "other.r"));
        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => Ask(_ => replayed));
        Assert.EndsWith("again later.", refusal.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(() => Ask(static _ => [1, 2, 3]));
        await Assert.ThrowsAsync<InvalidOperationException>(() => Ask(static _ => new byte[300_000]));
        using var client = new HttpClient();
        await Assert.ThrowsAsync<InvalidOperationException>(() => TimeStamps.AskAsync(client, new Uri("http://127.0.0.1:9/"), note, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_stamped_checkpoint_goes_into_the_package_and_is_held_against_the_log_and_the_authority()
    {
        await using var shelf = new Shelf();
        await shelf.InitializeAsync();
        using (var answer = Listen(out var address, out var client))
        using (client)
        {
            var size = CheckpointStamps.StampAsync(shelf.Station.Folder, client, address, TestContext.Current.CancellationToken);
            await Serve(answer, static reply => reply);
            Assert.Equal(shelf.Station.Ingest.Checkpoint.Checkpoint.Size, await size);
        }

        // The log goes on: the package's checkpoint is newer than the stamped one.
        await shelf.Station.SettleAsync();
        await shelf.Station.Ingest.ProvisionAsync(Core.DeviceId.Parse("later-1"), "provisioned", null, TestContext.Current.CancellationToken);
        var package = shelf.Folder();
        var stamp = Assert.Single(Directory.EnumerateFiles(Path.Combine(package, "log/stamps"), "*.tsr"));
        using var ca = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(folder, "ca.pem"));
        var options = new Evidence.VerifyOptions { GatewayKeyPem = shelf.Station.Key.PublicKeyPem };
        var report = PackageVerifier.Run(package, options, [ca]);
        Assert.Equal(Evidence.VerifyVerdict.Verified, report.Verdict);
        Assert.Contains(report.Findings, static finding => finding.Code == "stamped" && finding.Message.Contains("Test-TSA", StringComparison.Ordinal));
        Assert.Contains(PackageVerifier.Run(package, options).Findings, static finding => finding.Code == "stamp_unchecked");
        var caFile = Path.Combine(folder, "ca.pem");
        var (code, output) = Shelf.Script(package, "--gateway-key", shelf.KeyFile, "--tsa-ca", caFile);
        Assert.True(code == 0 && output.Contains("Time stamp:", StringComparison.Ordinal), output);
        // A stamp alone never says who signed.
        Assert.Equal(3, Shelf.Script(package, "--tsa-ca", caFile).Code);
        Assert.Equal(Evidence.VerifyVerdict.ConsistentSignerNotEstablished, PackageVerifier.Run(package, new Evidence.VerifyOptions(), [ca]).Verdict);

        Openssl("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout other.key -out other.pem -days 30 -subj /CN=Other-CA -config ts.cnf -extensions ca");
        var otherFile = Path.Combine(folder, "other.pem");
        using var other = X509CertificateLoader.LoadCertificateFromFile(otherFile);
        Assert.Contains(PackageVerifier.Run(package, options, [other]).Findings, static finding => finding.Code == "stamp");
        Assert.Equal(1, Shelf.Script(package, "--gateway-key", shelf.KeyFile, "--tsa-ca", otherFile).Code);

        // A stamp of something else in its place, all signed anew with the true key.
        Openssl("ts -query -data ca.pem -sha256 -cert -out other.q");
        Openssl("ts -reply -queryfile other.q -config ts.cnf -section tsa_config -out other.r");
        File.Copy(Path.Combine(folder, "other.r"), stamp, overwrite: true);
        Shelf.Resign(package, shelf.Station.Key);
        Assert.Contains(PackageVerifier.Run(package, options).Findings, static finding => finding.Code == "stamp" && finding.Message.Contains("something else", StringComparison.Ordinal));
        Assert.Equal(1, Shelf.Script(package, "--gateway-key", shelf.KeyFile, "--tsa-ca", caFile).Code);
    }

    // openssl has no server: a listener hands its query and its answer on.
    private async Task<byte[]> Ask(Func<byte[], byte[]> change)
    {
        using var listener = Listen(out var address, out var client);
        using var held = client;
        var asked = TimeStamps.AskAsync(client, address, note, TestContext.Current.CancellationToken);
        await Serve(listener, change);
        return await asked;
    }

    private static HttpListener Listen(out Uri address, out HttpClient client)
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        address = new Uri($"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/");
        probe.Stop();
        var listener = new HttpListener();
        listener.Prefixes.Add(address.AbsoluteUri);
        listener.Start();
        client = new HttpClient();
        return listener;
    }

    private async Task Serve(HttpListener listener, Func<byte[], byte[]> change)
    {
        var context = await listener.GetContextAsync();
        await using (var query = File.Create(Path.Combine(folder, "query")))
            await context.Request.InputStream.CopyToAsync(query);
        Openssl("ts -reply -queryfile query -config ts.cnf -section tsa_config -out reply");
        var reply = change(await File.ReadAllBytesAsync(Path.Combine(folder, "reply")));
        context.Response.ContentType = "application/timestamp-reply";
        try
        {
            await context.Response.OutputStream.WriteAsync(reply);
            context.Response.Close();
        }
        catch (HttpListenerException)
        {
            // The client hung up on an answer that is too long.
        }
    }

    private string Openssl(string arguments)
    {
        var start = new ProcessStartInfo("openssl", arguments) { WorkingDirectory = folder, RedirectStandardError = true, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"openssl {arguments}: {error}");
        return output.Result + error;
    }
}
