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

    // openssl has no server: a listener hands its query and its answer on.
    private async Task<byte[]> Ask(Func<byte[], byte[]> change)
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var port = ((IPEndPoint)probe.LocalEndpoint).Port;
        probe.Stop();
        using var listener = new HttpListener();
        listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        listener.Start();
        using var client = new HttpClient();
        var asked = TimeStamps.AskAsync(client, new Uri($"http://127.0.0.1:{port}/"), note, TestContext.Current.CancellationToken);
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

        return await asked;
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
