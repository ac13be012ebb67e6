using BodyCam.Firmware.Storage;

namespace BodyCam.Simulation.Tests;

/// <summary>The way between recorder and gateway: loses, repeats, delays, reorders, spoils and cuts off. What was sent in a connection goes with it.</summary>
internal sealed class SimLink(Random dice, Tally tally)
{
    private const int InFlightMax = 4;
    private const int Window = 3;
    private const int HistoryMax = 200;

    private readonly List<Waiting> up = [];
    private readonly List<byte[]> down = [];
    private readonly List<byte[]> history = [];

    /// <summary>Answers that ever went down, newest last.</summary>
    public IReadOnlyList<byte[]> History => history;

    /// <summary>Messages of the recorder that were neither acknowledged nor given up.</summary>
    public IEnumerable<SpoolItem> InFlight => up.Where(static waiting => waiting.Item is not null).Select(static waiting => waiting.Item!);

    public bool HasRoom => up.Count(static waiting => waiting.Item is not null) < InFlightMax;

    public bool HasUp => up.Count > 0;

    public bool HasDown => down.Count > 0;

    /// <summary>True when nothing is under way.</summary>
    public bool IsEmpty => up.Count + down.Count == 0;

    public void Up(byte[] message, SpoolItem? item = null) => up.Add(new Waiting(message, item));

    public void Down(byte[] message)
    {
        down.Add(message);
        history.Add(message);
        if (history.Count > HistoryMax)
            history.RemoveAt(0);
    }

    /// <summary>Puts an answer on its way that nobody sends now: an old one again, or a forged one.</summary>
    public void Slip(byte[] message) => down.Insert(dice.Next(down.Count + 1), message);

    public void Clear()
    {
        up.Clear();
        down.Clear();
    }

    /// <summary>Takes the next message up: to be given to the gateway, or lost.</summary>
    /// <param name="acknowledge">Told true when the recorder hears of its arrival, false when it gives up and sends again.</param>
    /// <returns>What arrives, or null.</returns>
    public byte[]? TakeUp(Action<SpoolItem, bool> acknowledge)
    {
        var at = dice.Next(Math.Min(up.Count, Window));
        var (message, item) = up[at];
        if (at > 0)
            tally.Fault("message out of order");
        var fate = dice.Next(120);
        if (fate < 4)
        {
            tally.Fault("message delayed");
            up.RemoveAt(at);
            up.Add(new Waiting(message, item));
            return null;
        }

        up.RemoveAt(at);
        if (item is null)
            return message;
        if (fate < 8)
        {
            tally.Fault("message lost");
            acknowledge(item, false);
            return null;
        }

        if (fate < 12)
        {
            tally.Fault("message twice");
            up.Add(new Waiting(message, null));
        }

        if (fate is >= 12 and < 16)
            tally.Fault("acknowledgement lost");
        acknowledge(item, fate is < 12 or >= 16);
        if (fate is 16 or 17 && message[1] == 1)
        {
            tally.Fault("message corrupted");
            message = [.. message];
            message[56 + dice.Next(message.Length - 56)] ^= (byte)(1 << dice.Next(8));
        }

        return message;
    }

    /// <summary>Takes the next answer down; null when it is lost.</summary>
    public byte[]? TakeDown()
    {
        var at = dice.Next(Math.Min(down.Count, Window));
        var message = down[at];
        if (at > 0)
            tally.Fault("answer out of order");
        var fate = dice.Next(40);
        if (fate == 0)
            tally.Fault("answer twice");
        else
            down.RemoveAt(at);
        if (fate != 1)
            return message;
        tally.Fault("answer lost");
        return null;
    }

    private sealed record Waiting(byte[] Message, SpoolItem? Item);
}
