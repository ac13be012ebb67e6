using System.Text;
using BodyCam.Core.Keys;
using BodyCam.Log;
using BodyCam.TestKit;

namespace BodyCam.Evidence.Tests;

/// <summary>A key on another curve than P-256, or on a curve that is spelt out, is no key: it is named, and everything else is checked all the same.</summary>
public sealed class ForeignKeyTests(SmallFolder small) : IClassFixture<SmallFolder>
{
    public static TheoryData<string> Curves => [.. ForeignKeys.Names];

    [Theory]
    [MemberData(nameof(Curves))]
    public void It_is_read_as_no_key(string curve)
    {
        using var key = ForeignKeys.Create(curve);
        Assert.Null(LogPublicKey.FromSpki(key.ExportSubjectPublicKeyInfo()));
        Assert.Null(LogPublicKey.FromPem(key.ExportSubjectPublicKeyInfoPem()));
        Assert.Null(LogPublicKey.FromVkey($"witness+00000000+{Convert.ToBase64String([2, .. key.ExportSubjectPublicKeyInfo()])}", out _));
        Assert.Throws<ArgumentException>(() => LogPublicKey.From(key));
        Assert.Throws<System.Security.Cryptography.CryptographicException>(() => GatewayKey.FromPem(key.ExportPkcs8PrivateKeyPem()));
    }

    [Theory]
    [MemberData(nameof(Curves))]
    public void As_gateway_pem_it_is_named_and_with_the_true_key_given_the_folder_is_verified(string curve)
    {
        using var key = ForeignKeys.Create(curve);
        using var copy = new FolderCopy(small.Folder);
        File.WriteAllText(copy.At("gateway.pem"), key.ExportSubjectPublicKeyInfoPem());
        var report = Verifier.Run(copy.Path, new VerifyOptions { Keys = small.Keys }, null);
        Assert.Equal(VerifyVerdict.Failed, report.Verdict);
        Assert.Contains(report.Findings, static finding => finding is { Code: "file_missing", Path: "gateway.pem", Severity: FindingSeverity.Error } && finding.Message.Contains("no P-256 key", StringComparison.Ordinal));
        Assert.Equal(VerifyVerdict.Verified, Verifier.Run(copy.Path, new VerifyOptions { Keys = small.Keys, GatewayKeyPem = small.PublicPem }, null).Verdict);
    }

    [Theory]
    [MemberData(nameof(Curves))]
    public void As_the_key_given_it_is_named(string curve)
    {
        using var key = ForeignKeys.Create(curve);
        var report = Verifier.Run(small.Folder, new VerifyOptions { Keys = small.Keys, GatewayKeyPem = key.ExportSubjectPublicKeyInfoPem() }, null);
        Assert.Equal(VerifyVerdict.Failed, report.Verdict);
        Assert.Contains(report.Findings, static finding => finding is { Code: "anchor_unreadable", Severity: FindingSeverity.Error });
    }

    [Theory]
    [MemberData(nameof(Curves))]
    public void In_a_record_it_is_no_key_change_and_the_line_is_named(string curve)
    {
        using var key = ForeignKeys.Create(curve);
        var spki = Convert.ToBase64String(key.ExportSubjectPublicKeyInfo());
        using var copy = new FolderCopy(small.Folder);
        var path = copy.At("log/records/000.jsonl");
        var lines = File.ReadAllLines(path);
        var record = Encoding.UTF8.GetBytes($"{{\"type\":\"key\",\"oldKey\":\"{spki}\",\"newKey\":\"{spki}\",\"size\":0}}");
        lines[0] = $"{{\"sequence\":0,\"type\":\"{KeyChange.Type}\",\"timeUs\":1,\"salt\":\"{Convert.ToBase64String(new byte[16])}\",\"record\":\"{Convert.ToBase64String(record)}\"}}";
        File.WriteAllText(path, string.Join('\n', lines) + "\n");
        Assert.Equal(KeyChange.Type, new LogReader(copy.At("log")).ReadRecord(0)!.Type);
        var report = Verifier.Run(copy.Path, new VerifyOptions { Keys = small.Keys, GatewayKeyPem = small.PublicPem }, null);
        Assert.Equal(VerifyVerdict.Failed, report.Verdict);
        Assert.Contains(report.Findings, static finding => finding is { Path: "log/records/000.jsonl", Severity: FindingSeverity.Error });
        Assert.DoesNotContain(report.Findings, static finding => finding.Code == "key_changed");
    }
}
