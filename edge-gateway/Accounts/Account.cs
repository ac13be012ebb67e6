using BodyCam.Custody.Acts;
using BodyCam.Rules.Policies;

namespace BodyCam.Accounts;

/// <summary>A user of the console and the API.</summary>
/// <param name="Id">User id.</param>
/// <param name="Name">What is typed at sign-in; lower case.</param>
/// <param name="DisplayName">Name for people.</param>
/// <param name="OfficerId">Officer that the user is, or null.</param>
/// <param name="UnitId">Unit, or null.</param>
/// <param name="Roles">Roles.</param>
/// <param name="Rank">Rank.</param>
public sealed record Account(string Id, string Name, string DisplayName, string? OfficerId, string? UnitId, IReadOnlyList<Role> Roles, Rank Rank)
{
    /// <summary>False once disabled.</summary>
    public bool IsActive { get; init; } = true;

    /// <summary>Hash by ASP.NET Core Identity's hasher.</summary>
    public string PasswordHash { get; init; } = "";

    /// <summary>True after somebody else set the password: nothing but changing it is allowed.</summary>
    public bool MustChangePassword { get; init; }

    /// <summary>Sealed secret of the second factor; null without one.</summary>
    public byte[]? TotpSecret { get; init; }

    /// <summary>Newest time step accepted.</summary>
    public long TotpStep { get; init; }

    /// <summary>SHA-256 of the recovery codes that are left.</summary>
    public IReadOnlyList<string> RecoveryHashes { get; init; } = [];

    /// <summary>Wrong attempts since the last right one.</summary>
    public int Failures { get; init; }

    /// <summary>Until when nothing is let in.</summary>
    public DateTimeOffset LockedUntil { get; init; } = DateTimeOffset.UnixEpoch;

    /// <summary><c>issuer subject</c> of OpenID Connect, or null.</summary>
    public string? Subject { get; init; }

    /// <summary>Raised with every change of password, second factor, rights or state: sessions begun under another are over.</summary>
    public long RightsVersion { get; init; }

    /// <summary>Who acts when this user is signed in.</summary>
    public Actor ToActor() => new(Id, DisplayName, OfficerId, UnitId, Roles.ToHashSet(), Rank);
}
