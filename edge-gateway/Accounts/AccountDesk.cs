using System.Security.Cryptography;
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

/// <summary>Adds, changes, disables accounts; passwords and second factors. Every change of rights ends the user's sessions at once, also those of another program on the same file.</summary>
public sealed class AccountDesk(AccountStore store, Passwords passwords, Sessions sessions, SecretBox box, FirstSetup setup, IAccountEvents events, TimeProvider time)
{
    private const int DisplayNameMax = 100;

    private readonly AccountJournal journal = new(store, events, time);

    /// <summary>Makes the first administrator with the set-up code; it works once.</summary>
    public Task<Outcome<Account>> SetUpAsync(string code, string name, string displayName, string password) => setup.RunAsync(code, name, displayName, password);

    /// <summary>Adds an account with a password that must be changed at the first sign-in.</summary>
    public async Task<Outcome<Account>> AddAsync(Actor by, AccountGrant grant, string password)
    {
        ArgumentNullException.ThrowIfNull(by);
        ArgumentNullException.ThrowIfNull(grant);
        if (Passwords.Refuse(password, grant.Name) is { } weak)
            return Refusal.Invalid("password", weak);
        var account = new Account(NewId(), AccountStore.Normal(grant.Name), grant.DisplayName, Blank(grant.OfficerId), Blank(grant.UnitId), [.. grant.Roles.Distinct()], grant.Rank) { PasswordHash = passwords.Hash(password), MustChangePassword = true };
        var outcome = store.InOneStep<Outcome<Account>>(() =>
        {
            if (Check(store, grant, null) is { } refusal)
                return refusal;
            store.Put(account);
            journal.Note("added", account.Id, by.Id, Rights(account));
            return account;
        });
        if (outcome.IsDone)
            await journal.ForwardAsync().ConfigureAwait(false);
        return outcome;
    }

    /// <summary>Changes name, unit, roles, rank; the last administrator stays one.</summary>
    public async Task<Outcome<Account>> ChangeAsync(Actor by, string id, AccountGrant grant)
    {
        ArgumentNullException.ThrowIfNull(grant);
        return await EditAsync(by, id, "changed", account =>
            Check(store, grant, account) is { } refusal ? refusal
            : account with { Name = AccountStore.Normal(grant.Name), DisplayName = grant.DisplayName, OfficerId = Blank(grant.OfficerId), UnitId = Blank(grant.UnitId), Roles = [.. grant.Roles.Distinct()], Rank = grant.Rank }).ConfigureAwait(false);
    }

    /// <summary>Disables an account; it is never removed, as acts name it.</summary>
    public Task<Outcome<Account>> DisableAsync(Actor by, string id) => EditAsync(by, id, "disabled", static account => account with { IsActive = false });

    /// <summary>Lets an account in again: enables it and ends its lock.</summary>
    public Task<Outcome<Account>> UnlockAsync(Actor by, string id) => EditAsync(by, id, "unlocked", static account => account with { IsActive = true, Failures = 0, LockedUntil = DateTimeOffset.UnixEpoch });

    /// <summary>Sets a password for somebody; he must change it, and his second factor is taken off.</summary>
    public async Task<Outcome<Account>> ResetAsync(Actor by, string id, string password)
    {
        if (Passwords.Refuse(password, store.Find(id)?.Name ?? "") is { } weak)
            return Refusal.Invalid("password", weak);
        var hash = passwords.Hash(password);
        return await EditAsync(by, id, "password_set", account =>
            account with { PasswordHash = hash, MustChangePassword = true, TotpSecret = null, RecoveryHashes = [], Failures = 0, LockedUntil = DateTimeOffset.UnixEpoch }).ConfigureAwait(false);
    }

    /// <summary>Ends an account's sessions and has its password changed at the next sign-in: for when the file may have been read by others.</summary>
    public Task<Outcome<Account>> ExpirePasswordAsync(Actor by, string id) => EditAsync(by, id, "password_expired", static account => account with { MustChangePassword = true });

    /// <summary>Links an account to a user of the OpenID Connect provider, or takes the link off.</summary>
    /// <param name="by">Who does it.</param>
    /// <param name="id">Account.</param>
    /// <param name="subject"><c>issuer value</c>, the value being that of the configured claim; null takes it off.</param>
    public Task<Outcome<Account>> LinkAsync(Actor by, string id, string? subject) => EditAsync(by, id, "linked", account =>
        subject is not null && store.FindBySubject(subject) is { } other && other.Id != id
            ? Refusal.Conflict("subject_taken", $"该身份已关联到账户 {other.Name}。请先解除。")
            : account with { Subject = subject });

    /// <summary>Changes one's own password; the old one is asked for and wrong ones count as at sign-in; other sessions end.</summary>
    public async Task<Outcome<Account>> ChangePasswordAsync(string id, string old, string password, string? keepToken, CancellationToken cancel)
    {
        if (store.Find(id) is not { } hashed)
            return Refusal.NotFound("account", id);
        if (await passwords.VerifyAsync(hashed, old, cancel).ConfigureAwait(false) is not { } result)
            return Refusal.Conflict("busy", "正在处理的登录过多。请稍候再试。");
        var isRight = result != PasswordVerificationResult.Failed;
        var unfit = Passwords.Refuse(password, hashed.Name) ?? (password == old ? "新密码与原密码相同。请更换。" : null);
        var hash = isRight && unfit is null ? passwords.Hash(password) : null;
        var (outcome, isLocked) = store.InOneStep<(Outcome<Account>, bool)>(() => OwnPassword(hashed, isRight, unfit, hash));
        if (outcome.IsDone)
            sessions.EndAll(id, keepToken, outcome.Value.RightsVersion);
        if (outcome.IsDone || isLocked)
            await journal.ForwardAsync().ConfigureAwait(false);
        return outcome;
    }

    /// <summary>A secret for a second factor; it counts once <see cref="ConfirmTotpAsync"/> has seen a right code.</summary>
    public static byte[] NewTotpSecret() => RandomNumberGenerator.GetBytes(Totp.SecretBytes);

    /// <summary>Sets the second factor of an account without one; gives ten recovery codes, once. One that stands is taken off by an administrator's reset only: who finds an open session cannot put his own in its place.</summary>
    /// <param name="id">Account.</param>
    /// <param name="secret">Its secret.</param>
    /// <param name="code">A code of it.</param>
    /// <param name="keepToken">Session in which it is done, which goes on; the others, begun without it, end.</param>
    public async Task<Outcome<IReadOnlyList<string>>> ConfirmTotpAsync(string id, byte[] secret, string code, string? keepToken = null)
    {
        ArgumentNullException.ThrowIfNull(secret);
        var codes = RecoveryCodes.New();
        var rightsVersion = 0L;
        var refusal = store.InOneStep(() =>
        {
            if (store.Find(id) is not { } account)
                return Refusal.NotFound("account", id);
            if (account.TotpSecret is not null)
                return Refusal.Conflict("totp_set", "已设置动态码。更换请由系统管理员重置账户。");
            if (Totp.Accept(secret, code, time.GetUtcNow(), 0) is not { } step)
                return Refusal.Invalid("code", "动态码不对。请核对手机时间后重试。");
            rightsVersion = account.RightsVersion + 1;
            store.Put(account with { TotpSecret = box.Seal(secret, id), TotpStep = step, RecoveryHashes = [.. codes.Select(RecoveryCodes.Hash)], RightsVersion = rightsVersion });
            journal.Note("totp_set", id, id, "");
            return null;
        });
        if (refusal is not null)
            return refusal;
        sessions.EndAll(id, keepToken, rightsVersion);
        await journal.ForwardAsync().ConfigureAwait(false);
        return Outcome.Of(codes);
    }

    /// <summary>All accounts, by name.</summary>
    public IReadOnlyList<Account> All() => store.All();

    internal static bool Administers(Account account) => account.IsActive && account.Roles.Contains(Role.Administrator);

    internal static string NewId() => "user-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    internal static Refusal? Check(AccountStore store, AccountGrant grant, Account? standing)
    {
        var name = AccountStore.Normal(grant.Name);
        if (name.Length is < 2 or > 40 || name.Any(static c => !char.IsAsciiLetterOrDigit(c) && c is not ('.' or '-' or '_')))
            return Refusal.Invalid("name", "用户名须为 2 至 40 个字母、数字、“.”、“-”或“_”。请更正。");
        if (string.IsNullOrWhiteSpace(grant.DisplayName) || grant.DisplayName.Length > DisplayNameMax)
            return Refusal.Invalid("display_name", "请填写姓名（不超过 100 字）。");
        if (grant.Roles.Contains(Role.System))
            return Refusal.Invalid("roles", "“System”是网关自身的身份，不能授予人员。请去掉。");
        if (!Enum.IsDefined(grant.Rank) || !grant.Roles.All(Enum.IsDefined))
            return Refusal.Invalid("roles", "没有这样的角色或职级。请更正。");
        return store.FindByName(name) is { } other && other.Id != standing?.Id ? Refusal.Conflict("name_taken", $"用户名 {name} 已存在。请更换。") : null;
    }

    private (Outcome<Account> Outcome, bool IsLocked) OwnPassword(Account hashed, bool isRight, string? unfit, string? hash)
    {
        // The lock comes first: while it holds nothing tells a right old password from a wrong one.
        if (store.Find(hashed.Id) is not { IsActive: true } account || account.LockedUntil > time.GetUtcNow())
            return (Refusal.NotAllowed("账户已锁定或停用。请稍候再试，或联系系统管理员。"), false);
        if (!isRight || account.PasswordHash != hashed.PasswordHash)
        {
            var after = LockOut.Failed(new Guesses(account.Failures, account.LockedUntil), time.GetUtcNow());
            store.Put(account with { Failures = after.Failures, LockedUntil = after.LockedUntil });
            if (after.LockedUntil > time.GetUtcNow())
                journal.Note("locked", account.Id, account.Id, "wrong old passwords");
            return (Refusal.NotAllowed("原密码不对。请重新输入。"), after.LockedUntil > time.GetUtcNow());
        }

        if (unfit is not null)
            return (Refusal.Invalid("password", unfit), false);
        account = account with { PasswordHash = hash!, MustChangePassword = false, Failures = 0, RightsVersion = account.RightsVersion + 1 };
        store.Put(account);
        journal.Note("password_set", account.Id, account.Id, "");
        return (account, false);
    }

    private async Task<Outcome<Account>> EditAsync(Actor by, string id, string name, Func<Account, Outcome<Account>> edit)
    {
        ArgumentNullException.ThrowIfNull(by);
        var outcome = store.InOneStep<Outcome<Account>>(() =>
        {
            if (store.Find(id) is not { } standing)
                return Refusal.NotFound("account", id);
            var edited = edit(standing);
            if (!edited.IsDone)
                return edited;
            var account = edited.Value with { RightsVersion = standing.RightsVersion + 1 };
            if (!Administers(account) && Administers(standing) && !store.All().Any(other => other.Id != id && Administers(other)))
                return Refusal.Conflict("last_administrator", "这是最后一名系统管理员。请先添加另一名。");
            store.Put(account);
            journal.Note(name, id, by.Id, Rights(account));
            return account;
        });
        if (!outcome.IsDone)
            return outcome;
        sessions.EndAll(id);
        await journal.ForwardAsync().ConfigureAwait(false);
        return outcome;
    }

    private static string? Blank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    private static string Rights(Account account) => $"{account.Name}: {string.Join(",", account.Roles)}; {account.Rank}";
}
