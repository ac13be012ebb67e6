using System.Text.Json;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Core.Matroska;
using BodyCam.VirtualBoard;

namespace BodyCam.Recorder.Tests;

/// <summary>Each row of the fault table in firmware/docs/ARCHITECTURE.md, brought about on the virtual board.</summary>
public sealed class FaultMatrixTests
{
    private static readonly DateTimeOffset now = new(2026, 3, 2, 0, 30, 0, TimeSpan.Zero);

    // How each fault is made; what must be seen stands in the document.
    private static readonly Dictionary<string, Action<Scene>> scenes = new(StringComparer.Ordinal)
    {
        ["card removed"] = static scene => scene.Recording(static bench => bench.Board.Card.Remove(), seconds: 6),
        ["card full"] = static scene => scene.RecordingOnSmallCard(),
        ["battery dying"] = static scene => scene.Recording(static bench => bench.Board.Battery.SetPercent(3.9), seconds: 6),
        ["camera dead"] = static scene => scene.Recording(static bench => bench.Board.Camera.Fault = CameraFault.Dead, seconds: 14),
        ["microphone dead"] = static scene => scene.FromTheStart(static bench => bench.Board.Microphone.Silent = true),
        ["microphone holds the chip, after the restart"] = static scene => scene.FromTheStart(static bench =>
        {
            bench.Board.Microphone.Dead = true;
            bench.Recorder.PowerOn();
            bench.Run(8);
            bench.Recorder.CutPower();
        }),
        ["battery low"] = static scene => scene.Recording(static bench => bench.Board.Battery.SetPercent(15.9), seconds: 3),
        ["clock lost"] = static scene => scene.FromTheStart(static bench => bench.Board.Rtc.LoseClock(), tls: true, sntp: false),
        ["clock before 2025"] = static scene => scene.FromTheStart(static bench => bench.Board.Rtc.Step(TimeSpan.FromDays(-900)), tls: true, sntp: false),
        ["gateway's certificate wrong"] = static scene => scene.FromTheStart(tls: true, stranger: true),
        ["own certificate out of date"] = static scene => scene.FromTheStart(bench => scene.Authority.Equip(bench, now.AddDays(-1)), tls: true),
        ["CA out of date"] = static scene => scene.FromTheStart(static bench =>
        {
            using var old = new TestAuthority(now.AddDays(-1));
            old.Equip(bench);
        }, tls: true),
        ["certificate missing"] = static scene => scene.FromTheStart(static bench => File.Delete(Path.Combine(bench.Board.FlashFolder, "client.key")), tls: true),
        ["certificate ends within 30 days"] = static scene => scene.FromTheStart(bench => scene.Authority.Equip(bench, now.AddDays(20)), tls: true),
        ["gateway away"] = static scene => scene.Online(static (bench, station) =>
        {
            bench.Board.Network.ConnectOverride = static (_, _) => throw new IOException("nobody there");
            station.Drop();
        }),
        ["Wi-Fi away"] = static scene => scene.Online(static (bench, _) => bench.Board.Network.SetLink(false)),
        ["unprovisioned, not recording"] = static scene => scene.FromTheStart(static bench => bench.Recorder.Provision("format=1\n")),
    };

    public static TheoryData<string> Rows => [.. FaultRow.All.Select(static row => row.Fault)];

    [Fact]
    public void Every_row_has_a_scene_and_every_scene_a_row() => Assert.Equal(scenes.Keys.Order(StringComparer.Ordinal), FaultRow.All.Select(static row => row.Fault).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_fault_shows_what_the_document_says_and_recording_goes_on_where_it_says_so(string fault)
    {
        var row = Assert.Single(FaultRow.All, row => row.Fault == fault);
        using var scene = new Scene();
        scenes[fault](scene);
        var bench = scene.Bench!;
        var shown = LightPattern.Both(bench);
        Assert.Equal((row.Record, row.Status), shown);
        Assert.Equal(row.Tones == "–" ? [] : [row.Tones], scene.Tones(row.Tones));
        foreach (var (name, fields) in row.Journal)
            Assert.True(scene.Lines().Any(line => line.Text("event") == name && fields.All(field => Value(line, field.Field) == field.Value)), $"no {name} with {string.Join(' ', fields)} in\n{string.Join('\n', scene.Lines())}");
        Assert.Equal(row.Record == LightPattern.Steady, Grows(bench));
        Assert.Empty(bench.Board.ThreadFailures);
    }

    private static string Value(JsonElement line, string field) => line.TryGetProperty(field, out var value) ? value.ToString() : "";

    private static bool Grows(Bench bench)
    {
        var before = bench.Board.Camera.DeliveredCount;
        bench.Run(5);
        return bench.Board.Camera.DeliveredCount >= before + 5;
    }

    /// <summary>A recorder in one fault, recording unless the fault forbids it.</summary>
    private sealed class Scene : IDisposable
    {
        // When the tones of the check at power-up have faded: it warns of a clock without a bound.
        private const double CheckToldSeconds = 2.4;

        private FakeStation? gateway;
        private TlsStation? station;
        private TestAuthority? stranger;
        private TimeSpan begin;

        public TestAuthority Authority { get; } = new();

        public Bench? Bench { get; private set; }

        /// <summary>Records, then the fault comes.</summary>
        public void Recording(Action<Bench> fault, double seconds)
        {
            Bench = new Bench();
            Bench.StartRecording(seconds: 8);
            begin = Bench.Board.Now;
            fault(Bench);
            Bench.Run(seconds);
        }

        /// <summary>Records with a gateway, then the fault comes.</summary>
        public void Online(Action<Bench, FakeStation> fault)
        {
            Bench = new Bench();
            gateway = new FakeStation(Bench);
            Bench.StartRecording(seconds: 8);
            Assert.Equal(1, gateway.ConnectCount);
            begin = Bench.Board.Now;
            fault(Bench, gateway);
            Bench.Run(25);
        }

        public void RecordingOnSmallCard()
        {
            Bench = new Bench(static options => options with { CardBytes = 64 << 20 }, new ProvisioningValues { CardBytes = 64 << 20, StorageStopBytes = 50 << 20 });
            Bench.StartRecording(seconds: 8);
            begin = Bench.Board.Now;
            Assert.True(Bench.Board.WaitUntil(() => Bench.Board.Timeline.Last("record led") == "off", TimeSpan.FromMinutes(10)));
            Bench.Run(3);
        }

        /// <summary>The fault is there before power-up; a second press insists where the check has failed.</summary>
        public void FromTheStart(Action<Bench>? fault = null, bool tls = false, bool stranger = false, bool sntp = true)
        {
            var values = new ProvisioningValues { CardBytes = 4L << 30, StorageStopBytes = 256 << 20 };
            if (tls)
            {
                this.stranger = new TestAuthority();
                station = new TlsStation((stranger ? this.stranger : Authority).Server());
                values = values with { Tls = true, GatewayPort = station.Port };
            }

            Bench = new Bench(Bench.Patient, values);
            Bench.Board.Network.SntpOverride = _ => sntp ? Bench.Board.TrueUtc : null;
            Bench.Board.Network.SetLink(tls);
            if (tls)
                Authority.Equip(Bench);
            fault?.Invoke(Bench);
            begin = Bench.Board.Now + TimeSpan.FromSeconds(tls && sntp ? CheckToldSeconds : 0);
            Bench.Recorder.PowerOn();
            Bench.Run(6);
            Bench.Board.RecordButton.Press();
            Bench.Run(3);
            if (Bench.Board.Timeline.Last("record led") != "on")
                Bench.Board.RecordButton.Press();
            Bench.Run(8);
        }

        /// <summary>Whether that tone was heard since the fault began: alarm is 400 ms at 1,000 Hz, warning 150 ms at 800 Hz. For – any of the two counts.</summary>
        public List<string> Tones(string wanted)
        {
            var heard = Bench!.Board.Timeline.Entries.Where(entry => entry.Part == "buzzer" && entry.At >= begin).Select(static entry => entry.State).ToList();
            var names = new List<string>();
            if (heard.Contains("800 Hz 50%"))
                names.Add("warning");
            if (heard.Contains("1000 Hz 50%"))
                names.Add("alarm");
            return wanted == "alarm" ? [.. names.Where(static name => name == "alarm")] : names;
        }

        /// <summary>Journal on the card and, without one, in the ring on I:.</summary>
        public List<JsonElement> Lines()
        {
            var ring = Path.Combine(Bench!.Board.FlashFolder, "journal.ring");
            var lines = Bench.Journal();
            if (!File.Exists(ring))
                return lines;
            var bytes = File.ReadAllBytes(ring);
            for (var slot = 0; slot + 512 <= bytes.Length; slot += 512)
                if (BitConverter.ToUInt16(bytes, slot + 4) is > 0 and <= 480 and var length)
                    lines.Add(JsonDocument.Parse(bytes.AsMemory(slot + 8, length)).RootElement);
            return lines;
        }

        public void Dispose()
        {
            Bench?.Dispose();
            gateway?.Dispose();
            station?.Dispose();
            stranger?.Dispose();
            Authority.Dispose();
        }
    }
}
