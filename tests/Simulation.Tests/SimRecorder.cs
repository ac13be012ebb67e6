using System.Text;
using BodyCam.Core;
using BodyCam.Firmware.Storage;
using BodyCam.Firmware.Wire;

namespace BodyCam.Simulation.Tests;

/// <summary>The recorder of one seed: the firmware's storage, recovery and uplink as they are shipped over a simulated card, pressed and driven by the dice. Camera, buttons and radio are the simulation's.</summary>
internal sealed class SimRecorder(Random dice, Tally tally, SimCard card)
{
    private const string Flash = "I:\\bodycam.cfg";

    private readonly byte[] buffer = new byte[Spool.BufferBytes];
    private readonly JournalLine line = new();
    private readonly HashSet<long> commands = [];
    private Provisioning provisioning = null!;
    private DeviceState state = null!;
    private long bootUs;
    private long wallOffsetUs = 1_772_411_400_000_000;
    private double drift = 1;
    private string? configuration;
    private int pictures;

    public SimCard Card => card;

    public CardStore Store { get; private set; } = null!;

    public uint Epoch => (uint)state.Epoch;

    public bool IsUp { get; private set; }

    public bool IsConnected { get; private set; }

    public bool IsRecording => IsUp && Store.IsOpen && Store.Recordings.Recording != 0;

    /// <summary>True when nothing is recorded and nothing waits for its seal.</summary>
    public bool IsQuiet => IsUp && Store.IsOpen && !IsRecording && !Store.RecoveryPending && Store.Ledger.OpenFootageCount == 0;

    /// <summary>Monotonic time since the simulation began, µs.</summary>
    public long Us { get; private set; } = 1_000_000;

    /// <summary>Pictures given to the writer, by segment and in order: their digests, and whether the writer said that all of it is written.</summary>
    public Dictionary<SegmentKey, List<(string Digest, bool IsWhole)>> Given { get; } = [];

    public byte[] CommandKey => provisioning.CommandKey;

    public void Provision(string file) => card.Put(Flash, Encoding.UTF8.GetBytes(file));

    public void Pass(long us) => Us += (long)(us * drift);

    public void StepClock(long us) => wallOffsetUs += us;

    public void Drift(double rate) => drift = rate;

    /// <summary>Power on: what <c>Program</c> and the control do, as far as storage is concerned. False when the power went again.</summary>
    public bool Boot()
    {
        card.PowerOn();
        (IsUp, IsConnected, bootUs, configuration) = (false, false, Us - 500_000, null);
        provisioning = Provisioning.Load();
        state = DeviceState.Load(provisioning);
        Store = new CardStore(provisioning, state);
        if (!provisioning.IsComplete && !card.IsDark)
            throw new InvalidOperationException($"The provisioning file lacks {provisioning.MissingKey} after a power cut.");
        Store.Open(Now());
        Line("boot", critical: true);
        if (card.IsDark || !Store.IsOpen)
            return card.IsDark ? false : Again();
        IsUp = true;
        if (state.ActivityOpen)
            Line("interrupted", critical: true);
        return !card.IsDark;
    }

    /// <summary>Housekeeping: card, recovery, what the gateway asked for.</summary>
    public void Tick()
    {
        Store.Tick(Now());
        for (var step = dice.Next(4); step > 0 && Store.StepRecovery(Now()); step--)
        {
        }

        if (configuration is { } lines && IsQuiet && dice.Next(3) == 0)
            Configure(lines);
    }

    /// <summary>One picture, the beginning or the end of a recording.</summary>
    public void Record(bool isWanted)
    {
        if (!Store.IsOpen)
        {
            // A card that failed is put in again.
            Store.Open(Now());
            return;
        }

        if (!IsRecording)
        {
            if (isWanted && configuration is null)
                Begin();
            else if (state.ActivityOpen && !isWanted)
                Store.Recordings.EndActivity();
            return;
        }

        Pass(dice.Next(1_000_000, 5_000_000));
        var writer = Store.Recordings.Writer;
        if (writer is null || writer.Fault != StoreResult.Ok)
        {
            CardFault();
            return;
        }

        TakePicture(writer);
        Store.Journal.CopyPendingInto(writer, MonotonicUs);
        if (writer.Fault != StoreResult.Ok)
            CardFault();
        else if (!isWanted || dice.Next(12) == 0)
            End();
        else if (writer.ShouldCut(MonotonicUs) && Store.Recordings.Cut(Now()) != StoreResult.Ok)
            CardFault();
    }

    /// <summary>The shift ends: everything recorded is named in a manifest.</summary>
    public bool Return()
    {
        Store.Recordings.EndActivity();
        var isDone = Store.Manifests.Write(Now()) == StoreResult.Ok;
        Store.Journal.Rotate(Now());
        return isDone;
    }

    /// <summary>Seals the journal that is open, so that it is sent.</summary>
    public void RotateJournal() => Store.Journal.Rotate(Now());

    public void Connect()
    {
        IsConnected = true;
        Store.Spool.Connected(MonotonicUs);
        Store.Spool.LiveWanted(dice.Next(3) == 0, 50);
    }

    public void Disconnect(IEnumerable<SpoolItem> inFlight)
    {
        foreach (var item in inFlight)
            Store.Spool.Failed(item);
        Store.Spool.Disconnected();
        IsConnected = false;
    }

    /// <summary>The next message of the spool, or null.</summary>
    public (byte[] Message, SpoolItem Item)? Next()
    {
        if (!Store.Spool.NextMessage(buffer, MonotonicUs, out var length, out var item))
            return null;
        if (item.IsLive)
            tally.State("live chunk");
        return (buffer.AsSpan(0, length).ToArray(), item);
    }

    /// <summary>Takes an answer of the gateway in.</summary>
    public void Down(byte[] message)
    {
        switch (DownMessages.TypeOf(message))
        {
            case DownMessages.ReceiptType:
                Store.Spool.OnReceipt(message, Now());
                break;
            case DownMessages.MissingType:
                if (Store.Spool.OnMissing(message, Now()) == DownOutcome.Ok)
                    tally.State("missing ranges");
                break;
            case DownMessages.RefusalType:
                if (Store.Spool.OnRefusal(message, Now()) == DownOutcome.Ok)
                    tally.State("refusal");
                break;
            default:
                Obey(message);
                break;
        }
    }

    /// <summary>State of a segment in the card's ledger.</summary>
    public int StateOf(SegmentKey key) => Store.Ledger.Find((int)key.Epoch, (int)key.Recording)?.State((int)key.Segment) ?? SegmentStates.None;

    private long MonotonicUs => Us - bootUs;

    private ClockStamp Now() => new() { MonotonicUs = MonotonicUs, WallUs = Us + wallOffsetUs, Source = ClockSources.Rtc, ErrorBoundUs = 70_000 + (MonotonicUs / 100_000), LastSyncUs = wallOffsetUs };

    private void Line(string name, bool critical, string? key = null, long value = 0)
    {
        line.Start(name);
        if (key is not null)
            line.Add(key, value);
        Store.Journal.Write(line, Now(), critical);
    }

    private bool Again()
    {
        // The card could not be opened for a fault that is over.
        Store.Open(Now());
        IsUp = !card.IsDark && Store.IsOpen;
        return IsUp;
    }

    private void Begin()
    {
        Store.Recordings.BeginActivity();
        Line("activityStarted", critical: true, "activity", state.Activity);
        var begun = Store.Recordings.Begin(Kinds.Footage, Now());
        if (begun is StoreResult.Ok or StoreResult.StateFailed)
            begun = Store.Recordings.OpenSegment(Now());
        if (begun != StoreResult.Ok)
        {
            Store.Recordings.Abandon(Now(), StopReasons.CardFault);
            if (!card.IsDark && begun == StoreResult.KeyGone)
                throw new InvalidOperationException($"No recording can be begun: {begun}.");
            if (begun == StoreResult.CardFull)
                tally.State("full card");
            return;
        }

        Line("recordingStarted", critical: true, "recording", Store.Recordings.Recording);
    }

    private void End()
    {
        Line("recordingStopped", critical: true, "recording", Store.Recordings.Recording);
        var isOver = dice.Next(3) > 0;
        if (isOver)
        {
            Store.Recordings.EndActivity();
            Line("activityEnded", critical: true, "activity", state.Activity);
        }

        Store.Recordings.End(Now(), isOver ? StopReasons.ActivityEnded : StopReasons.SiteChange);
    }

    private void CardFault()
    {
        Line("recordingStopped", critical: true, "recording", Store.Recordings.Recording);
        Store.Recordings.Abandon(Now(), StopReasons.CardFault);
    }

    private void TakePicture(SegmentWriter writer)
    {
        var picture = new byte[dice.Next(400, 3200)];
        Fill(picture, ++pictures);
        (picture[0], picture[1], picture[^2], picture[^1]) = (0xFF, 0xD8, 0xFF, 0xD9);
        var place = new SegmentKey(SimGateway.Device, (uint)state.Epoch, (uint)Store.Recordings.Recording, (uint)writer.Header.Segment);
        if (writer.BeginFrame(picture.Length, MonotonicUs) != 0)
            return;
        writer.FrameBytes(picture, 0, picture.Length);
        if (!Given.TryGetValue(place, out var given))
            Given[place] = given = [];
        given.Add((Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(picture)), writer.EndFrame() == 0));
    }

    // Bytes that differ from picture to picture, made quickly.
    private static void Fill(byte[] picture, int number)
    {
        var state = (ulong)number * 0x9E3779B97F4A7C15;
        foreach (ref var word in System.Runtime.InteropServices.MemoryMarshal.Cast<byte, ulong>(picture.AsSpan()))
        {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            word = state;
        }
    }

    private void Obey(byte[] message)
    {
        if (Store.Spool.OnCommand(message, Now(), out var command) != DownOutcome.Ok || card.IsDark)
            return;
        if (!commands.Add(command.Counter))
            throw new InvalidOperationException($"Command {command.Name} with counter {command.Counter} was obeyed twice.");
        if (command.Name == "state" && command.GetInt("epoch", 0, int.MaxValue, 0) == state.Epoch)
            Store.Recordings.GatewayRecording = command.GetInt("lastRecording", 0, int.MaxValue, 0);
        else if (command.Name == "configure")
            configuration = command.Body;
    }

    // As Errands does it, with the restart that follows.
    private void Configure(string lines)
    {
        configuration = null;
        if (provisioning.Replace(lines) != StoreResult.Ok)
            return;
        Store.Journal.Stop(Now());
        state.NothingOpen = Store.IsOpen && Store.Ledger.OpenCount == 0;
        Store.SaveState();
        IsUp = false;
    }
}
