using BodyCam.Rules.Policies;

namespace BodyCam.Custody.Acts;

/// <summary>What a person does in the system; a person may have several. Ranks stand beside (<see cref="Rank"/>).</summary>
public enum Role
{
    /// <summary>执法人员: wears the recorder, classifies and attests what it recorded.</summary>
    Officer,

    /// <summary>执法记录仪管理员: keeps, issues and takes back recorders.</summary>
    Custodian,

    /// <summary>信息采集员: takes in and stores footage of other sources (003·12(二)).</summary>
    Collector,

    /// <summary>档案人员: keeps case files, discs and evidence packages (000·13, 004·14).</summary>
    Archivist,

    /// <summary>法制机构: supervises, checks, reviews (000·17, 003·15, 004·19).</summary>
    Legal,

    /// <summary>技术人员: boards and keys; sees no footage.</summary>
    Technician,

    /// <summary>系统管理员: agencies, units, officers, policies, accounts; sees no footage.</summary>
    Administrator,

    /// <summary>审计人员: reads registers; sees no footage.</summary>
    Auditor,

    /// <summary>The gateway itself: what recorders report and what clocks bring.</summary>
    System,
}

/// <summary>Who acts.</summary>
/// <param name="Id">User id; <c>gateway</c> for the system itself, <c>recorder/…</c> for a recorder's own report.</param>
/// <param name="Name">Name for people.</param>
/// <param name="OfficerId">Officer that the user is, or null.</param>
/// <param name="UnitId">Unit, or null.</param>
/// <param name="Roles">Roles.</param>
/// <param name="Rank">Rank.</param>
public sealed record Actor(string Id, string Name, string? OfficerId, string? UnitId, IReadOnlySet<Role> Roles, Rank Rank)
{
    /// <summary>The gateway itself.</summary>
    public static Actor Gateway { get; } = new("gateway", "网关", null, null, new HashSet<Role> { Role.System }, Rank.None);

    /// <summary>A recorder, as its sealed journal says.</summary>
    public static Actor Recorder(string device) => new("recorder/" + device, device, null, null, new HashSet<Role> { Role.System }, Rank.None);

    /// <summary>True for the role.</summary>
    public bool Is(Role role) => Roles.Contains(role);

    /// <summary>True when it has any of the roles.</summary>
    public bool IsAny(params ReadOnlySpan<Role> roles)
    {
        foreach (var role in roles)
        {
            if (Roles.Contains(role))
                return true;
        }

        return false;
    }

    /// <summary>True when it is this person under whatever account: the same user, or the same officer. Whoever reviews or approves must be another one.</summary>
    /// <param name="userId">User who did the first part, or null.</param>
    /// <param name="officerId">Officer that this user is, or null.</param>
    public bool IsPerson(string? userId, string? officerId) => string.Equals(Id, userId, StringComparison.OrdinalIgnoreCase) || IsOfficer(officerId);

    /// <summary>True when it is this officer.</summary>
    public bool IsOfficer(string? officerId) => OfficerId is not null && string.Equals(OfficerId, officerId, StringComparison.OrdinalIgnoreCase);

    /// <summary>True for the rank or one above.</summary>
    public bool Has(Rank rank) => Rank >= rank;
}
