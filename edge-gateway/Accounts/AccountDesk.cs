using System.Security.Cryptography;
using System.Text;
using BodyCam.Custody.Acts;
using BodyCam.Rules.Policies;
using Microsoft.AspNetCore.Identity;

namespace BodyCam.Accounts;

/// <summary>What an administrator says of an account.</summary>
/// <param name="Name">Sign-in name: 2 to 40 of letters, digits, '.', '-', '_'.</param>
/// <param name="DisplayName">Name for people.</param>
/// <param name="OfficerId">Officer, or null.</param>
/// <param name="UnitId">Unit, or null.</param>
/// <param name="Roles">Roles; never <see cref="Role.System"/>.</param>
/// <param name="Rank">Rank.</param>
public sealed record AccountGrant(string Name, string DisplayName, string? OfficerId, string? UnitId, IReadOnlyList<Role> Roles, Rank Rank);

/// <summary>Adds, changes, disables accounts; first set-up; passwords and second factors. Every change of rights ends the user's sessions at once.</summary>
public sealed class AccountDesk(AccountStore store, Passwords passwords, Sessions sessions, SecretBox box, IAccountEvents events, TimeProvider time)
{
    /// <summary>How long a set-up code holds.</summary>
    public static readonly TimeSpan SetupHolds = TimeSpan.FromHours(24);

    private const int RecoveryCodes = 10;

    private readonly Lock gate = new();

    /// <summary>True while there is no administrator who can sign in.</summary>
    public bool NeedsSetup => !store.All().Any(static account => account.IsActive && account.Roles.Contains(Role.Administrator));

    /// <summary>A new set-up code, when one is needed; null otherwise. It is given once.</summary>
    public string? NewSetupCode()
    {
        if (!NeedsSetup)
            return null;
        var code = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(10));
        store.PutSetup(Hash(code), time.GetUtcNow() + SetupHolds);
        return code;
    }

    /// <summary>Makes the first administrator with the set-up code; it works once.</summary>
    public async Task<Outcome<Account>> SetUpAsync(string code, string name, string displayName, string password)
    {
        ArgumentNullException.ThrowIfNull(code);
        Account account;
        lock (gate)
        {
            if (!NeedsSetup)
                return Refusal.Conflict("set_up_done", "已有系统管理员。请由其添加账户。");
            if (store.Setup() is not { } setup || setup.Expires <= time.GetUtcNow() || !CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(setup.CodeHash), Encoding.ASCII.GetBytes(Hash(code))))
                return Refusal.NotAllowed("设置码不对或已过期。请在网关上运行 bodycam account setup-code 取得新的设置码。");
            if (Check(new AccountGrant(name, displayName, null, null, [Role.Administrator], Rank.None), null) is { } refusal)
                return refusal;
            if (Passwords.Refuse(password, name) is { } weak)
                return Refusal.Invalid("password", weak);
            account = new Account(NewId(), AccountStore.Normal(name), displayName, null, null, [Role.Administrator], Rank.None) { PasswordHash = passwords.Hash(password) };
            store.Put(account);
            store.ClearSetup();
        }

        await events.RaiseAsync("set_up", account.Id, "setup", account.Name).ConfigureAwait(false);
        return account;
    }

    /// <summary>Adds an account with a password that must be changed at the first sign-in.</summary>
    public async Task<Outcome<Account>> AddAsync(Actor by, AccountGrant grant, string password)
    {
        ArgumentNullException.ThrowIfNull(by);
        ArgumentNullException.ThrowIfNull(grant);
        Account account;
        lock (gate)
        {
            if (Check(grant, null) is { } refusal)
                return refusal;
            if (Passwords.Refuse(password, grant.Name) is { } weak)
                return Refusal.Invalid("password", weak);
            account = new Account(NewId(), AccountStore.Normal(grant.Name), grant.DisplayName, grant.OfficerId, grant.UnitId, grant.Roles, grant.Rank) { PasswordHash = passwords.Hash(password), MustChangePassword = true };
            store.Put(account);
        }

        await events.RaiseAsync("added", account.Id, by.Id, Rights(account)).ConfigureAwait(false);
        return account;
    }

    /// <summary>Changes name, unit, roles, rank; the last administrator stays one.</summary>
    public async Task<Outcome<Account>> ChangeAsync(Actor by, string id, AccountGrant grant)
    {
        ArgumentNullException.ThrowIfNull(by);
        ArgumentNullException.ThrowIfNull(grant);
        return await EditAsync(by, id, "changed", account =>
            Check(grant, account) is { } refusal ? refusal
            : account with { Name = AccountStore.Normal(grant.Name), DisplayName = grant.DisplayName, OfficerId = grant.OfficerId, UnitId = grant.UnitId, Roles = grant.Roles, Rank = grant.Rank }).ConfigureAwait(false);
    }

    /// <summary>Disables an account; it is never removed, as acts name it.</summary>
    public Task<Outcome<Account>> DisableAsync(Actor by, string id) => EditAsync(by, id, "disabled", static account => account with { IsActive = false });

    /// <summary>Lets an account in again: enables it and ends its lock.</summary>
    public Task<Outcome<Account>> UnlockAsync(Actor by, string id) => EditAsync(by, id, "unlocked", static account => account with { IsActive = true, Failures = 0, LockedUntil = DateTimeOffset.UnixEpoch });

    /// <summary>Sets a password for somebody; he must change it, and his second factor is taken off.</summary>
    public Task<Outcome<Account>> ResetAsync(Actor by, string id, string password) => EditAsync(by, id, "password_set", account =>
        Passwords.Refuse(password, account.Name) is { } weak
            ? Refusal.Invalid("password", weak)
            : account with { PasswordHash = passwords.Hash(password), MustChangePassword = true, TotpSecret = null, RecoveryHashes = [], Failures = 0, LockedUntil = DateTimeOffset.UnixEpoch });

    /// <summary>Changes one's own password; the old one is asked for, other sessions end.</summary>
    public async Task<Outcome<Account>> ChangePasswordAsync(string id, string old, string password, string? keepToken, CancellationToken cancel)
    {
        if (store.Find(id) is not { } account)
            return Refusal.NotFound("account", id);
        if (await passwords.VerifyAsync(account, old, cancel).ConfigureAwait(false) is not (PasswordVerificationResult.Success or PasswordVerificationResult.SuccessRehashNeeded))
            return Refusal.NotAllowed("原密码不对。请重新输入。");
        if (Passwords.Refuse(password, account.Name) is { } weak)
            return Refusal.Invalid("password", weak);
        if (password == old)
            return Refusal.Invalid("password", "新密码与原密码相同。请更换。");
        store.Put(account with { PasswordHash = passwords.Hash(password), MustChangePassword = false });
        sessions.EndAll(id, keepToken);
        await events.RaiseAsync("password_set", id, id, "").ConfigureAwait(false);
        return account;
    }

    /// <summary>A secret for a second factor; it counts once <see cref="ConfirmTotpAsync"/> has seen a right code.</summary>
    public static byte[] NewTotpSecret() => RandomNumberGenerator.GetBytes(Totp.SecretBytes);

    /// <summary>Sets the second factor; gives ten recovery codes, once.</summary>
    public async Task<Outcome<IReadOnlyList<string>>> ConfirmTotpAsync(string id, byte[] secret, string code)
    {
        ArgumentNullException.ThrowIfNull(secret);
        if (store.Find(id) is not { } account)
            return Refusal.NotFound("account", id);
        if (Totp.Accept(secret, code, time.GetUtcNow(), 0) is not { } step)
            return Refusal.Invalid("code", "动态码不对。请核对手机时间后重试。");
        var codes = Enumerable.Range(0, RecoveryCodes).Select(static _ => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(5))).ToList();
        store.Put(account with { TotpSecret = box.Seal(secret, id), TotpStep = step, RecoveryHashes = [.. codes.Select(SignIn.RecoveryHash)] });
        await events.RaiseAsync("totp_set", id, id, "").ConfigureAwait(false);
        return Outcome.Of<IReadOnlyList<string>>(codes);
    }

    /// <summary>All accounts, by name.</summary>
    public IReadOnlyList<Account> All() => store.All();

    private async Task<Outcome<Account>> EditAsync(Actor by, string id, string name, Func<Account, Outcome<Account>> edit)
    {
        ArgumentNullException.ThrowIfNull(by);
        Account account;
        lock (gate)
        {
            if (store.Find(id) is not { } standing)
                return Refusal.NotFound("account", id);
            var outcome = edit(standing);
            if (!outcome.IsDone)
                return outcome;
            account = outcome.Value;
            if (!Administers(account) && Administers(standing) && !store.All().Any(other => other.Id != id && Administers(other)))
                return Refusal.Conflict("last_administrator", "这是最后一名系统管理员。请先添加另一名。");
            store.Put(account);
        }

        sessions.EndAll(id);
        await events.RaiseAsync(name, id, by.Id, Rights(account)).ConfigureAwait(false);
        return account;
    }

    private static bool Administers(Account account) => account.IsActive && account.Roles.Contains(Role.Administrator);

    private Refusal? Check(AccountGrant grant, Account? standing)
    {
        var name = AccountStore.Normal(grant.Name);
        if (name.Length is < 2 or > 40 || name.Any(static c => !char.IsAsciiLetterOrDigit(c) && c is not ('.' or '-' or '_')))
            return Refusal.Invalid("name", "用户名须为 2 至 40 个字母、数字、“.”、“-”或“_”。请更正。");
        if (string.IsNullOrWhiteSpace(grant.DisplayName) || grant.DisplayName.Length > 100)
            return Refusal.Invalid("display_name", "请填写姓名（不超过 100 字）。");
        if (grant.Roles.Contains(Role.System))
            return Refusal.Invalid("roles", "“System”是网关自身的身份，不能授予人员。请去掉。");
        return store.FindByName(name) is { } other && other.Id != standing?.Id ? Refusal.Conflict("name_taken", $"用户名 {name} 已存在。请更换。") : null;
    }

    private static string Rights(Account account) => $"{account.Name}: {string.Join(",", account.Roles)}; {account.Rank}";

    private static string NewId() => "user-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    private static string Hash(string code) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(code.Trim())));
}
