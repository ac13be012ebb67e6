using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using BodyCam.Core;
using BodyCam.Rules.Continuity;
using BodyCam.Rules.Policies;
using BodyCam.Rules.Policies.Reading;
using BodyCam.Timeline;

namespace BodyCam.Cli;

/// <summary><c>bodycam timeline</c>: the continuity ledger of an activity, from the stored segments (docs/continuity.md).</summary>
internal static class TimelineCommand
{
    private static readonly TimeSpan agencyOffset = TimeSpan.FromHours(8);

    private static readonly JsonSerializerOptions jsonOptions = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) }, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create()
    {
        var device = new Argument<string>("recorder") { Description = "Id of the recorder: the name under segments/." };
        var epoch = new Argument<uint>("epoch") { Description = "Epoch of the recorder." };
        var activity = new Argument<uint>("activity") { Description = "Number of the activity within the epoch." };
        var data = new Option<string>("--data") { Description = "Data or archive folder.", Required = true };
        var policy = new Option<string?>("--policy") { Description = "Policy whose rules judge the gaps, such as qidong; without one nothing is admitted by a list and a person decides about every gap." };
        var policies = new Option<string?>("--policies") { Description = "Folder of the policy files (default: the ones that ship)." };
        var json = new Option<bool>("--json") { Description = "Print the ledger as one JSON object." };
        var command = new Command("timeline", "Shows what every second between arrival and leaving is: footage, explained interruption, unexplained gap, or clock error. With --policy, what people decided (visits, stops, confirmed notes, other recorders of the activity) is taken from custody.db beside the segments; without it they are not read, and whether somebody confirmed an interruption is not said. Exit code 0 printed, 2 the folder has nothing of it, or the policy or custody.db cannot be used.") { device, epoch, activity, data, policy, policies, json };
        command.SetAction(parsed => Run(parsed.GetValue(device)!, parsed.GetValue(epoch), parsed.GetValue(activity), parsed.GetValue(data)!, parsed.GetValue(policy), parsed.GetValue(policies) ?? PolicyCommand.ShippedFolder, parsed.GetValue(json)));
        return command;
    }

    private static int Run(string deviceText, uint epoch, uint activity, string data, string? policyId, string policies, bool json)
    {
        if (!DeviceId.TryParse(deviceText, out var device))
            return Fail($"'{deviceText}' is no recorder's id: use the name under segments/.");
        if (TimelineReader.Read(data, device, epoch, activity) is not { } timeline)
        {
            var there = string.Join(", ", TimelineReader.Activities(data, device, epoch));
            return Fail($"{data} has nothing of activity {activity} of {device} in epoch {epoch}. {(there.Length > 0 ? $"It has: {there}." : "Name the folder that holds segments/, and an epoch that is in it.")}");
        }

        PolicySet? policy = noList;
        if (policyId is not null && (policy = Rules(policyId, policies, timeline.Track)) is null)
            return ExitCode.Usage;
        ContinuityInput? decided;
        try
        {
            decided = policyId is null ? null : TimelineDecisions.Read(data, device, epoch, activity, policy);
        }
        catch (InvalidDataException unreadable)
        {
            return Fail(unreadable.Message);
        }

        var report = ContinuityLedger.Compute(decided ?? new ContinuityInput { Policy = policy, Recorders = [timeline.Track] });
        if (decided is null)
            report = TimelineDecisions.WithoutThem(report);
        IReadOnlyList<string> remarks = decided is null ? [.. timeline.Remarks, Unread(data, policyId)] : timeline.Remarks;
        if (json)
            Console.WriteLine(JsonSerializer.Serialize(new { recorder = timeline.Track.Id, activity, policy = policy.Id, policyVersion = policy.Version, decisionsRead = decided is not null, ledger = report, remarks }, jsonOptions));
        else
            TimelineView.Show(report, timeline.Track.Id, remarks, policy);
        return ExitCode.Done;
    }

    // Without the stop: the view sets it.
    private static string Unread(string data, string? policyId) => "what people decided (confirmed notes, sites, stops, moved end points) was not read, so no gap is explained here and whether one was confirmed is not said; " + (policyId is null
        ? "name the agency's policy with --policy, such as --policy qidong"
        : $"custody.db in {data} {(File.Exists(Path.Combine(data, "custody.db")) ? "does not know this activity: wait until the gateway has taken it in" : "is not there: name the gateway's data folder with --data")}");

    // The rules of the day on which the activity began, in the agencies' time zone.
    private static PolicySet? Rules(string id, string folder, RecorderTrack track)
    {
        var book = PolicyReader.ReadFolder(folder, out var problems);
        foreach (var problem in problems)
            Console.Error.WriteLine($"bodycam: {problem}");
        if (book is null)
            return null;
        if (ContinuityLedger.Compute(new ContinuityInput { Policy = noList, Recorders = [track] }).ArrivalWallUs is not { } wallUs)
        {
            Fail("no clock tells the day of the activity, so no version of a policy can be chosen. Leave --policy out.");
            return null;
        }

        var day = DateOnly.FromDateTime(DateTimeOffset.UnixEpoch.AddMicroseconds(wallUs).ToOffset(agencyOffset).Date);
        if (book.Effective(id, day) is { } rules)
            return rules;
        Fail($"no policy '{id}' is in force on {day:yyyy-MM-dd}. Name one of: {string.Join(", ", book.Ids)}.");
        return null;
    }

    // Without a policy: nothing is admitted by a list, so a person decides about every gap.
    private static readonly PolicySet noList = new()
    {
        Id = "none", Version = 1, Agency = "—", Title = "—", EffectiveFrom = DateOnly.MinValue, Source = new SourceText("", ""), Articles = [],
        Rules = new RuleSet { Retention = new RetentionRule { Months = 0, IsMinimum = true }, Continuity = new ContinuityRule { Unit = ContinuityUnit.Activity, HasList = false, Basis = RuleBasis.Practice } },
    };

    private static int Fail(string message)
    {
        Console.Error.WriteLine($"bodycam: {message}");
        return ExitCode.Usage;
    }
}
