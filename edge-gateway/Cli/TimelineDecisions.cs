using System.Globalization;
using BodyCam.Core;
using BodyCam.Custody.Activities;
using BodyCam.Custody.Acts;
using BodyCam.Custody.Store;
using BodyCam.Rules.Continuity;
using BodyCam.Rules.Policies;
using BodyCam.Web.Api;

namespace BodyCam.Cli;

/// <summary>The ledger's input as the gateway's API has it: every recorder of the activity, visits, stops, moves and confirmed notes from <c>custody.db</c> beside the segments.</summary>
internal static class TimelineDecisions
{
    /// <summary>Null when the folder has no custody or custody does not know the activity; the segments alone speak then.</summary>
    public static ContinuityInput? Read(string data, DeviceId device, uint epoch, uint number, PolicySet rules)
    {
        var path = Path.Combine(data, "custody.db");
        if (!File.Exists(path))
            return null;
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
