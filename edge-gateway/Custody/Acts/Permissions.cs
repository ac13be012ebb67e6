using BodyCam.Rules.Policies;

namespace BodyCam.Custody.Acts;

/// <summary>Who may do an act: any of the roles, or the rank and above.</summary>
/// <param name="Roles">Roles.</param>
/// <param name="Rank">Lowest rank; <see cref="Rank.None"/> for none.</param>
public sealed record Permission(IReadOnlyList<Role> Roles, Rank Rank)
{
    /// <summary>True when the actor may.</summary>
    public bool Admits(Actor actor)
    {
        ArgumentNullException.ThrowIfNull(actor);
        return Roles.Any(actor.Is) || (Rank != Rank.None && actor.Has(Rank));
    }
}

/// <summary>The one table of who may do what. Deeds add what depends on the thing: one's own recording, another's request, the rank that an article names.</summary>
public static class Permissions
{
    private static readonly Dictionary<string, Permission> table = new(StringComparer.Ordinal)
    {
        ["agency.register"] = Of(Role.Administrator),
        ["unit.register"] = Of(Role.Administrator),
        ["officer.register"] = Of(Role.Administrator),
        ["officer.transfer"] = Of(Role.Administrator, Role.Custodian),
        ["training.record"] = Of(Rank.UnitHead, Role.Custodian, Role.Legal),

        ["recorder.register"] = Of(Role.Technician, Role.Custodian),
        ["recorder.issue"] = Of(Role.Custodian),
        ["recorder.return"] = Of(Role.Custodian),
        ["recorder.reissue"] = Of(Role.Custodian),
        ["recorder.close_without"] = Of(Role.Custodian),
        ["recorder.report"] = Of(Role.Custodian, Role.Officer, Role.Technician),
        ["pre_use_check.enter"] = Of(Role.Custodian, Role.Officer, Role.System),

        ["activity.open"] = Of(Role.Officer, Role.System),
        ["activity.describe"] = Of(Role.Officer),
        ["activity.join"] = Of(Rank.UnitHead, Role.Officer),
        ["activity.move"] = Of(Rank.UnitHead, Role.Officer),
        ["activity.return"] = Of(Role.Officer, Role.Custodian),
        ["activity.exception"] = Of(Role.Officer),
        ["activity.notice"] = Of(Role.Officer),
        ["activity.mark"] = Of(Role.Officer),
        ["visit.enter"] = Of(Role.Officer),
        ["visit.leave"] = Of(Role.Officer),
        ["visit.correct"] = Of(Rank.UnitHead, Role.Officer),
        ["visit.withdraw"] = Of(Rank.UnitHead, Role.Officer),
        ["activity.link"] = Of(Role.Officer, Role.Collector),
        ["interruption.confirm"] = Of(Rank.UnitHead, Role.Legal),
        ["interruption.decide"] = Of(Rank.UnitHead, Role.Legal),
        ["interruption.report"] = Of(Role.Officer, Role.System),
        ["interruption.acknowledge"] = Of(Rank.UnitHead),
        ["interruption.account"] = Of(Role.Officer),

        ["stop_use.declare"] = Of(Role.Officer, Role.System),
        ["stop_use.time"] = Of(Role.Officer),
        ["stop_use.paper"] = Of(Role.Officer),
        ["work_record.write"] = Of(Role.Officer),
        ["work_record.review"] = Of(Rank.UnitHead),

        ["recording.classify"] = Of(Role.Officer),
        ["recording.attest"] = Of(Role.Officer),
        ["recording.secrecy"] = Of(Rank.UnitHead, Role.Officer, Role.Legal),
        ["recording.hand_over"] = Of(Rank.LeaderInCharge, Role.Archivist),
        ["recording.add_to_case"] = Of(Role.Officer, Role.Archivist),
        ["case.open"] = Of(Role.Officer, Role.Archivist),
        ["case.close"] = Of(Rank.UnitHead, Role.Officer),
        ["case.compile"] = Of(Role.Officer, Role.Archivist),
        ["case.archive"] = Of(Role.Archivist),

        ["hold.set"] = Of(Rank.UnitHead, Role.Officer, Role.Legal, Role.Custodian, Role.System),
        ["hold.lift"] = Of(Rank.LeaderInCharge),
        ["retention.review"] = Of(Role.Custodian, Role.Archivist, Role.System),
        ["retention.extend"] = Of(Rank.UnitHead, Role.Custodian, Role.Archivist),
        ["retention.propose"] = Of(Role.Custodian, Role.Archivist),
        ["retention.approve"] = Of(Rank.UnitHead),
        ["retention.purge"] = Of(Role.System),
        ["retention.certify"] = Of(Role.System),

        ["access.request"] = Of(Rank.UnitHead, Role.Officer, Role.Custodian, Role.Archivist, Role.Legal),
        ["access.decide"] = Of(Rank.LeaderInCharge),
        ["access.withdraw"] = Of(Rank.LeaderInCharge, Role.Officer, Role.Custodian, Role.Archivist, Role.Legal),
        ["access.open"] = Of(Rank.UnitHead, Role.Officer, Role.Custodian, Role.Archivist, Role.Legal),
        ["access.open_source"] = Of(Rank.UnitHead, Role.Officer, Role.Custodian, Role.Archivist, Role.Legal),

        ["package.make"] = Of(Role.Officer, Role.Archivist),

        ["check.commit"] = Of(Role.Custodian, Role.Legal),
        ["check.draw"] = Of(Role.Custodian, Role.Legal),
        ["check.find"] = Of(Role.Custodian, Role.Legal),
        ["check.close"] = Of(Role.Custodian, Role.Legal),
        ["correction.order"] = Of(Rank.UnitHead, Role.Custodian, Role.Legal),
        ["correction.done"] = Of(Rank.UnitHead, Role.Officer, Role.Custodian),
        ["correction.accept"] = Of(Role.Custodian, Role.Legal),
        ["lead.raise"] = Of(Rank.UnitHead, Role.Custodian, Role.Legal, Role.System),
        ["lead.decide"] = Of(Rank.UnitHead, Role.Legal),

        ["media.make"] = Of(Role.Archivist),
        ["media.read_back"] = Of(Role.Archivist),
        ["media.hand_over"] = Of(Role.Archivist),

        ["clock.confirm"] = Of(Role.Administrator),
        ["policy.read"] = Of(Role.System),
        ["intake"] = Of(Role.System),
    };

    /// <summary>Every act there is, by name.</summary>
    public static IReadOnlyDictionary<string, Permission> All => table;

    /// <summary>True when the actor may do the act; an act that is not in the table may be done by nobody.</summary>
    public static bool May(Actor actor, string act) => table.TryGetValue(act, out var permission) && permission.Admits(actor);

    /// <summary>Who may do the act, in words: roles, then the lowest rank.</summary>
    public static string Who(string act)
    {
        if (!table.TryGetValue(act, out var permission) || permission is { Roles: [Role.System], Rank: Rank.None })
            return "网关自己";
        var who = permission.Roles.Where(static role => role != Role.System).Select(Nouns.Of);
        return string.Join("、", permission.Rank == Rank.None ? who : who.Append(Nouns.Of(permission.Rank) + (permission.Rank == Rank.MainLeader ? "" : "及以上")));
    }

    /// <summary>The refusal for somebody who may not do the act; says who may.</summary>
    public static Refusal Refuse(string act) => Refusal.NotAllowed($"您的职责不包含“{act}”。请由{Who(act)}办理。");

    private static Permission Of(params Role[] roles) => new(roles, Rank.None);

    private static Permission Of(Rank rank, params Role[] roles) => new(roles, rank);
}
