using BodyCam.Core.Keys;
using BodyCam.Core.Wire;

namespace BodyCam.Simulation.Tests;

/// <summary>
/// One seed: a recorder that makes 200 segments and more, the link, the gateway, both disks, both clocks, and at least ten faults among them, all on one thread and by one row of dice.
/// Each receipt is checked when it is issued; everything is checked whole after each reboot and at the end.
/// </summary>
internal sealed partial class Sim : IDisposable
{
    public const int SegmentsMin = 200;
    public const int FaultsMin = 10;

    /// <summary>The plan of new seeds.</summary>
    public const int PlanNow = 2;

    private const int StepsMax = 80_000;
    private const int QuietMax = 2_500;

    private readonly int plan;
    private readonly Random dice;
    private readonly SimGateway gateway;
    private readonly SimRecorder recorder;
    private readonly SimLink link;
    private readonly SimCard card;
    private readonly Truth truth;
    private readonly WholeCheck whole;
    private readonly Queue<string> faults = new();
    private readonly List<string> told = [];
    private readonly List<byte[]> early = [];
    private Exception? violation;
    private int awaySteps;
    private int steps;
    private int lastProgress;
    private int progress;
    private int nudges;
    private int total;
    private long tickDueUs;
    private bool owesCheck;
    private bool isReturned;
    private bool isOver;

    /// <param name="seed">Fixes every decision.</param>
    /// <param name="plan">1: as the first kept seeds were found, without the gateway's store tasks and with fewer kinds of faults; 2: everything.</param>
    public Sim(int seed, int plan = PlanNow)
    {
        (Seed, this.plan) = (seed, plan);
        dice = new Random(seed);
        Tally = new Tally(fault => told.Add($"{steps} {fault}"));
        link = new SimLink(dice, Tally);
        gateway = new SimGateway(dice, Tally, Answer, hasStoreTasks: plan > 1);
        card = new SimCard(dice, Tally.Fault);
        recorder = new SimRecorder(dice, Tally, card);
        truth = new Truth(gateway);
        whole = new WholeCheck(gateway, recorder, truth, Tally);
    }

    public int Seed { get; }

    /// <summary>What happened.</summary>
    public Tally Tally { get; }

    /// <summary>Segments that the recorder sealed.</summary>
    public int SegmentCount => truth.Segments.Count;

    /// <summary>Digest of every changing call of the gateway's disk: two runs with the same one did the same.</summary>
    public string Trace => $"{gateway.Disk.Trace:x16} {steps} {truth.Segments.Count} {gateway.Disk.VerbCount}";

    /// <summary>Runs the seed.</summary>
    /// <exception cref="InvalidOperationException">Something that must hold did not; the message says what.</exception>
    public void Run()
    {
        SimCard.Current = card;
        try
        {
            Begin();
            while (!isOver)
                Step();
            End();
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"seed {Seed}, step {steps}: {failure.Message}\nfaults so far: {string.Join(", ", told)}", failure);
        }
    }

    public void Dispose() => gateway.Dispose();

    private void Begin()
    {
        PlanFaults();
        total = SegmentsMin + dice.Next(20);
        if (gateway.Open() is { } failure)
            throw failure;
        recorder.Provision(gateway.Provision(new ProvisioningValues { ChunkBytes = 4096, CardBytes = 600L << 20, StorageStopBytes = (562L << 20) + (dice.Next(8) << 20) }));
        BootRecorder();
    }

    private void Step()
    {
        steps++;
        PassTime(dice.Next(20_000, 300_000));
        if (truth.ReceiptedCount + truth.Segments.Count - faults.Count > progress)
            (progress, lastProgress) = (truth.ReceiptedCount + truth.Segments.Count - faults.Count, steps);
        if (steps - lastProgress > QuietMax)
            Nudge();
        if (steps > StepsMax)
            throw new InvalidOperationException($"It does not come to an end: {Standing()}");
        NextFault();
        if (!recorder.IsUp)
            BootRecorder();
        RecorderTurn();
        GatewayTurn();
        LinkTurn();
        FollowDisks();
        FollowEnd();
    }

    private void PassTime(long us)
    {
        recorder.Pass(us);
        gateway.Clock.Advance(TimeSpan.FromMicroseconds(us));
    }

    private void RecorderTurn()
    {
        switch (dice.Next(5))
        {
            case 0 or 1:
                recorder.Record(truth.Segments.Count < total || gateway.Disk.Planned is not null || card.Planned is not null);
                break;
            case 2:
                recorder.Tick();
                break;
        }

        if (!recorder.IsUp || card.IsDark)
            return;
        if (awaySteps > 0)
            awaySteps--;
        else if (!recorder.IsConnected && gateway.IsOpen)
            recorder.Connect();
        if (recorder.IsConnected && link.HasRoom && recorder.Next() is { } next)
        {
            truth.Leaves(next.Message, card);
            link.Up(next.Message, next.Item);
        }
    }

    private void GatewayTurn()
    {
        if (plan > 1 && dice.Next(2) == 0)
            gateway.GiveStoreTurn();
        if (dice.Next(3) == 0)
            TakeTurn();
        if (gateway.Ingest.IsFaulted || recorder.Us < tickDueUs || gateway.Call is not null)
            return;
        tickDueUs = recorder.Us + 5_000_000;
        CheckOwed();
        gateway.Tick();
        if (!gateway.Ingest.IsFaulted && !gateway.Disk.IsDead && !gateway.Disk.IsFull && !gateway.Ingest.IsFull)
            whole.OfArriving();
    }

    private void TakeTurn()
    {
        if (!gateway.HasTurn)
        {
            // Whoever waits for room waits on the clock, until somebody makes room.
            if (gateway.Disk.IsFull && dice.Next(12) == 0)
                gateway.Disk.IsFull = false;
            if (gateway.Call is not null)
                PassTime(1_000_000);
            return;
        }

        if (gateway.Waiting > 1)
            Tally.State("group of several");
        gateway.GiveTurn();
        if (gateway.Disk.IsFull && !gateway.HasTurn && gateway.IsWaitingForRoom)
            Tally.State("group waits for room");
    }

    private void LinkTurn()
    {
        if (awaySteps > 0 || !recorder.IsConnected || card.IsDark)
            return;
        for (var count = dice.Next(3); count > 0 && link.HasUp && gateway.Call is null && !gateway.Ingest.IsFaulted; count--)
        {
            if (link.TakeUp(Confirm) is { } message)
                gateway.Up(message);
        }

        for (var count = dice.Next(3); count > 0 && link.HasDown && !card.IsDark; count--)
        {
            if (link.TakeDown() is { } answer)
                recorder.Down(answer);
        }
    }

    private void Confirm(Firmware.Storage.SpoolItem item, bool isHeard)
    {
        if (isHeard)
            recorder.Store.Spool.Acknowledged(item);
        else
            recorder.Store.Spool.Failed(item);
    }

    // The gateway sends within its own work, which survives an exception: what is wrong is kept until the step is over.
    private void Answer(byte[] message)
    {
        if (!gateway.IsOpen)
        {
            early.Add(message); // sent by a start that is under way: nobody is connected yet
            return;
        }

        try
        {
            NoteAnswer(message, isLate: false);
        }
        catch (Exception wrong)
        {
            violation ??= wrong;
        }

        link.Down(message);
    }

    private void NoteAnswer(byte[] message, bool isLate)
    {
        if (message[1] == (byte)MessageType.Receipt)
        {
            var before = truth.ReceiptedCount;
            foreach (var key in truth.Issue(message, isLate))
            {
                var segment = truth.Segments[key];
                if (truth.ReceiptedCount == before && message[2] != 2)
                    Tally.State("receipt issued again");
                Tally.State(message[2] == 3 ? (segment.IsLost ? "lost on the card" : "damaged") : message[2] == 2 ? "archived" : "stored");
                if (key.Epoch != recorder.Epoch)
                    Tally.State("old epoch's segment");
                if (segment.Seal.Flags.HasFlag(Core.Seals.SealFlags.Recovered))
                    Tally.State("recovered by the recorder");
            }
        }
    }

    // What the disks did in this step: a cut, an error, a process that stopped itself.
    private void FollowDisks()
    {
        ThrowViolation();
        if (card.IsDark)
            BootRecorder();
        if (gateway.Disk.IsDead)
            RebootGateway("power");
        else if (gateway.Ingest.IsFaulted)
            RebootGateway(dice.Next(2) == 0 ? "power" : "kill");
    }

    private void ThrowViolation()
    {
        if (violation is { } wrong)
            throw new InvalidOperationException(wrong.Message, wrong);
    }

    private void BootRecorder()
    {
        Drop();
        for (var attempt = 0; !recorder.Boot(); attempt++)
        {
            if (attempt > 10)
                throw new InvalidOperationException("The recorder does not start.");
        }

        whole.OfRecorder();
    }

    private void RebootGateway(string how)
    {
        told.Add($"{steps} gateway ends: {how} ({gateway.Disk.Struck})");
        Drop();
        gateway.End(how);
        ReopenGateway();
    }

    private void ReopenGateway()
    {
        early.Clear();
        NoteLeft();
        for (var attempt = 0; gateway.Open() is { } failure; attempt++)
        {
            early.Clear();
            if (gateway.Disk.IsFull)
                Tally.State("start without room");
            // A start that is cut or cannot write is followed by another; one that refuses what it finds is a loss.
            if (attempt > 12 || failure is Log.LogBrokenException { InnerException: null } or InvalidOperationException)
                throw new InvalidOperationException($"The gateway does not open: {failure.Message}", failure);
            gateway.End(attempt % 2 == 0 && failure is not PowerGoneException ? "kill" : "power");
        }

        foreach (var message in early)
            NoteAnswer(message, isLate: true);
        owesCheck = !gateway.Settle() || gateway.Ingest.IsFaulted;
        if (owesCheck)
            return;
        NoteStates();
        whole.OfGateway();
    }

    // What could not settle after a start is looked at when it does.
    private void CheckOwed()
    {
        if (!owesCheck || plan < 2 || gateway.Ingest.IsFaulted || gateway.Disk.IsDead || !gateway.Settle() || gateway.Ingest.IsFaulted)
            return;
        owesCheck = false;
        whole.OfGateway();
    }

    private void Drop()
    {
        if (recorder.IsUp && recorder.IsConnected && !card.IsDark)
            recorder.Disconnect([.. link.InFlight]);
        link.Clear();
    }

    private void FollowEnd()
    {
        if (truth.Segments.Count < total || HasFaultsLeft || gateway.Disk.Planned is not null || card.Planned is not null || !recorder.IsQuiet)
            return;
        if (!isReturned)
        {
            isReturned = recorder.Return();
            return;
        }

        isOver = recorder.Store.Ledger.UnreceiptedCount == 0 && truth.ReceiptedCount == truth.Segments.Count && link.IsEmpty && gateway.Settle();
    }

    private void End()
    {
        gateway.Disk.IsFull = false;
        gateway.Settle();
        RebootGateway("power");
        ThrowViolation();
        whole.AtTheEnd();
        NoteStates();
        if (gateway.Ingest.Status().Manifests.Any(static manifest => manifest.Complete))
            Tally.State("manifest complete");
        if (SegmentCount < SegmentsMin)
            throw new InvalidOperationException($"Only {SegmentCount} segments were made.");
        if (plan > 1 && Tally.PlannedCount < FaultsMin)
            throw new InvalidOperationException($"Only {Tally.PlannedCount} planned faults happened.");
    }

    // A segment that was refused for good, or whose last answer was lost, is offered again at the recorder's next start, as the protocol has it.
    private void Nudge()
    {
        lastProgress = steps;
        if (++nudges > 6)
            throw new InvalidOperationException($"Nothing goes on: {Standing()}");
        told.Add($"{steps} nudged");
        Tally.Nudge();
        gateway.Disk.IsFull = false;
        card.CutPower();
        BootRecorder();
    }

    private string Standing() =>
        $"{truth.ReceiptedCount} of {truth.Segments.Count} segments have receipts, {total} wanted, faults left {string.Join(",", faults)} {gateway.Disk.Planned} {card.Planned}, recorder up {recorder.IsUp} connected {recorder.IsConnected} quiet {recorder.IsQuiet} window {recorder.Store.Spool.WindowCount} owes {recorder.Store.Ledger.UnreceiptedCount} recovery {recorder.Store.RecoveryPending}, returned {isReturned}, turn {gateway.HasTurn}, call {gateway.Call is not null}, waits for room {gateway.IsWaitingForRoom}, in the queue {gateway.Waiting}, full {gateway.Disk.IsFull}, " +
        $"owed {string.Join(", ", truth.Segments.Where(static pair => pair.Value.Issued.Count == 0).Take(5).Select(pair => $"{pair.Key} card {recorder.StateOf(pair.Key)}"))}, last answers {string.Join(' ', link.History.TakeLast(8).Select(static message => message[1] == 18 ? $"18:{message[2]}" : message[1].ToString(System.Globalization.CultureInfo.InvariantCulture)))}, parts {string.Join(", ", gateway.Ingest.Status().Parts.Take(3))}";
}
