using System.Text;

namespace BodyCam.Archive.Tests;

/// <summary>Only what the gateway signed says that the archive's log goes further.</summary>
public sealed class AheadTests : PutBackScene
{
    [Fact]
    public async Task A_checkpoint_there_that_rotted_or_that_nobody_signed_stops_no_start()
    {
        await ArchiveAsync(1);
        await forwarder.RunOnceAsync(default);
        await station.CloseAsync();
        var path = Path.Combine(Folder, "log/checkpoint");
        var lines = File.ReadAllText(path).Split('\n');
        lines[1] = "9" + lines[1];
        File.WriteAllText(path, string.Join('\n', lines), new UTF8Encoding(false));
        Assert.Null(await ArchiveAhead.WhyAsync(station.Folder, Folder, station.Key.PublicKeyPem, default));
    }
}
