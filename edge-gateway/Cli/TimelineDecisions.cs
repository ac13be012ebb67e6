using System.Globalization;
using System.Text.Json;
using BodyCam.Core;
using BodyCam.Custody.Activities;
using BodyCam.Custody.Acts;
using BodyCam.Custody.Store;
using BodyCam.Gateway;
using BodyCam.Rules.Continuity;
using BodyCam.Rules.Policies;
using BodyCam.Web.Api;
using Microsoft.Data.Sqlite;

namespace BodyCam.Cli;

/// <summary>The ledger's input as the gateway's API has it: every recorder of the activity, visits, stops, moves and confirmed notes from <c>custody.db</c> beside the segments.</summary>
internal static class TimelineDecisions
{
    /// <summary>Null when the folder has no custody or custody does not know the activity; the segments alone speak then.</summary>
    /// <exception cref="InvalidDataException"><c>custody.db</c> is there and cannot be read; the message says what to do.</exception>
    public static ContinuityInput? Read(string data, DeviceId device, uint epoch, uint number, PolicySet rules)
    {
        var path = Path.Combine(data, "custody.db");
        if (!File.Exists(path))
            return null;
        try
        {
            return Input(path, data, device, epoch, number, rules);
        }
        catch (SqliteException failure)
        {
            throw new InvalidDataException(DatabaseWords.Of(path, failure, DatabaseWords.Custody), failure);
        }
        catch (JsonException failure)
        {
            throw new InvalidDataException($"{path} is damaged ({failure.Message.TrimEnd('.')}): {DatabaseWords.Custody}", failure);
        }
        catch (Exception failure) when (failure is InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"{path} cannot be read ({failure.Message.TrimEnd('.')}). Run this as the user of the gateway.", failure);
        }
    }

    /// <summary>The ledger without what only people's decisions can tell: nothing in it says that nobody confirmed, or that an account is wanted.</summary>
    public static ContinuityReport WithoutThem(ContinuityReport report) => report with
    {
        Rows = [.. report.Rows.Select(static row => row with { Flags = row.Flags & ~LedgerFlags.NotConfirmed })],
        Recorders = [.. report.Recorders.Select(static each => each with { Rows = [.. each.Rows.Select(static row => row with { Flags = row.Flags & ~LedgerFlags.NotConfirmed })] })],
        Tasks = [],
    };

    private static ContinuityInput? Input(string path, string data, DeviceId device, uint epoch, uint number, PolicySet rules)
    {
        using var store = SqliteCustodyStore.Open(path);
        var draft = new Draft(store, new OnePolicy(rules), Actor.Gateway, "read", TimeProvider.System.GetUtcNow());
        var name = string.Create(CultureInfo.InvariantCulture, $"{device.Text}.{epoch}.{number}");
        return draft.List<Activity>("device_activity", name) is [var activity, ..] ? new ActivityLedger(data).Input(draft, activity, rules) : null;
    }

    private sealed class OnePolicy(PolicySet rules) : IPolicies
    {
        public PolicySet? At(string policyId, DateOnly day) => rules;
    }
}
