using BodyCam.Core;
using BodyCam.Log;

namespace BodyCam.Simulation.Tests;

// Bit rot on the gateway's disk, what has to tell of it, and the states that are seen on the way.
internal sealed partial class Sim
{
    private Rotten? rotten;

    private bool Rot(string kind)
    {
        switch (kind)
        {
            case "rot of a part":
                // What rests for more than a minute is looked at again before it is believed.
                PassTime(61_000_000);
                return RotFile("parts", static path => path.EndsWith(".part", StringComparison.Ordinal), kind) is not null;
            case "rot of a sidecar" or "rot of a waiting seal":
                if (RotFile("parts", path => path.EndsWith(kind == "rot of a sidecar" ? ".chunks" : ".seal", StringComparison.Ordinal), kind) is null)
                    return false;
                RebootGateway("kill");
                return true;
            case "rot of an original":
                return RotOriginal();
            default:
                return RotLog();
        }
    }

    private bool RotOriginal()
    {
        if (rotten is not null || gateway.Call is not null || !gateway.Settle() || gateway.Ingest.IsFaulted)
            return false;
        var known = truth.Segments.Where(pair => pair.Value.Bytes.Length > 0 && gateway.Ingest.Catalog.Find(pair.Key)?.State == ReceiptState.Stored).ToList();
        if (known.Count == 0)
            return false;
        var (key, victim) = known[dice.Next(known.Count)];
        var (offset, mask) = (dice.Next(victim.Bytes.Length), (byte)(1 << dice.Next(8)));
        var file = gateway.Disk.Find($"{gateway.Folder}/segments/{key.RelativePath}.mkv")!.File!;
        file.Rot(offset, mask);
        Tally.Fault("rot of an original");
        victim.IsRotten = true;
        rotten = new Rotten(key, victim, () => file.Rot(offset, mask), steps + 150);
        // The recorder that lost its receipt offers it again, and the archive comes by: neither may get what is rotten.
        link.Up(SealMessage(victim.Seal.Raw.ToArray()));
        gateway.Archive();
        return true;
    }

    // A person restores what was found; that it was found is what is asked here.
    private void FollowRot()
    {
        if (rotten is not { } found || steps < found.Until || steps % 10 != 0 || gateway.Ingest.IsFaulted || gateway.Call is not null)
            return;
        if (!gateway.Ingest.Status().Alerts.Any(alert => alert.Code == "original_differs" && alert.Subject == found.Key.ToString()))
        {
            if (steps > found.Until + 2000)
                throw new InvalidOperationException($"{found.Key} has a rotten byte, was offered again, and nobody was told.");
            if (steps % 50 == 0 && recorder.IsConnected)
                link.Up(SealMessage(found.Segment.Seal.Raw.ToArray()));
            return;
        }

        found.Restore();
        found.Segment.IsRotten = false;
        rotten = null;
    }

    // A rotten byte of the log: the start refuses, or the audit names it, or what can be computed again was.
    private bool RotLog()
    {
        if (!gateway.Settle() || gateway.Ingest.IsFaulted || RotFile("log", static path => !path.EndsWith("/lock", StringComparison.Ordinal), "rot of the log") is not var (path, offset, mask))
            return false;
        Drop();
        var spoiled = gateway.Verbs.ReadWhole(path);
        gateway.End("kill");
        var refusal = gateway.Open();
        var faults = refusal is null ? LogAudit.Run(gateway.Folder + "/log", LogPublicKey.From(gateway.Key.Ecdsa), [.. truth.Promised.TakeLast(1)], gateway.LogFiles).Faults.Count : 0;
        // The file may have grown; one that was made again has another byte there.
        var isAsItWas = gateway.Verbs.Exists(path) && gateway.Verbs.ReadWhole(path) is { } now && now.Length > offset && now[offset] == spoiled[offset];
        if (refusal is null && faults == 0 && isAsItWas)
            throw new InvalidOperationException($"{path} has a rotten byte at {offset}, and neither start nor audit tells.");
        gateway.End("kill");
        if (isAsItWas)
            gateway.Disk.Find($"{gateway.Folder}/{path}")!.File!.Rot(offset, mask);
        ReopenGateway();
        return true;
    }

    private (string Path, int Offset, byte Mask)? RotFile(string folder, Func<string, bool> which, string kind)
    {
        var files = gateway.Verbs.Files(folder).Where(which).Where(path => gateway.Disk.Find($"{gateway.Folder}/{path}")!.File!.Length > 0).ToList();
        if (files.Count == 0)
            return null;
        var path = files[dice.Next(files.Count)];
        var file = gateway.Disk.Find($"{gateway.Folder}/{path}")!.File!;
        var (offset, mask) = (dice.Next((int)file.Length), (byte)(1 << dice.Next(8)));
        file.Rot(offset, mask);
        Tally.Fault(kind);
        return (path, offset, mask);
    }

    // What the last run left, before the next one looks at it.
    private void NoteLeft()
    {
        var (unlogged, beyond, behind) = gateway.Left();
        if (unlogged)
            Tally.State("stored, not in the log");
        if (beyond)
            Tally.State("log beyond its checkpoint");
        if (behind)
            Tally.State("catalog behind the log");
    }

    private void NoteStates()
    {
        var status = gateway.Ingest.Status();
        foreach (var part in status.Parts)
        {
            Tally.State(part.Sealed ? "part with seal" : "part without seal");
            Tally.State("part recovered");
            if (part.Sealed && part.PresentBytes == 0)
                Tally.State("seal before bytes");
        }

        if (gateway.Verbs.Files("conflicts").Count > 0)
            Tally.State("conflict kept aside");
        foreach (var path in gateway.Verbs.Files("orphans").Where(static path => path.EndsWith(".mkv", StringComparison.Ordinal)))
        {
            Tally.State("orphan");
            if (gateway.Verbs.Exists("segments" + path["orphans".Length..]))
                Tally.State("orphan superseded");
        }
    }

    private sealed record Rotten(SegmentKey Key, Sealed Segment, Action Restore, int Until);
}
