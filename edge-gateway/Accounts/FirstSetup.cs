using System.Security.Cryptography;
using System.Text;
using BodyCam.Custody.Acts;
using BodyCam.Rules.Policies;

namespace BodyCam.Accounts;

/// <summary>Makes the first administrator with a code that only who reads the keys folder has. There is no default password.</summary>
public sealed class FirstSetup(AccountStore store, Passwords passwords, IAccountEvents events, TimeProvider time)
{
    /// <summary>How long a set-up code holds.</summary>
    public static readonly TimeSpan Holds = TimeSpan.FromHours(24);

    private readonly SetupFile file = new(store.Folder);
    private readonly AccountJournal journal = new(store, events, time);

    /// <summary>True while there is no administrator.</summary>
    public bool IsNeeded => !store.All().Any(AccountDesk.Administers);

    /// <summary>The code that holds now, making one (in the database as its hash, in the keys folder as a file) when there is none; null when an administrator exists, and then the file is gone too.</summary>
    public string? Code() => store.InOneStep(() =>
    {
        if (!IsNeeded)
        {
            file.Remove();
            return null;
        }

        if (file.Read() is { } standing && IsRight(standing))
            return standing;
        var code = SetupFile.NewCode();
        file.Write(code);
        store.PutSetup(Hash(code), time.GetUtcNow() + Holds);
        return code;
    });

    /// <summary>Makes the first administrator; the code works once.</summary>
    public async Task<Outcome<Account>> RunAsync(string code, string name, string displayName, string password)
    {
        ArgumentNullException.ThrowIfNull(code);
        // Nothing is hashed for who does not have the code.
        if (Refuse(code) is { } early)
            return early;
        if (Passwords.Refuse(password, name) is { } weak)
            return Refusal.Invalid("password", weak);
        var fresh = new Account(AccountDesk.NewId(), AccountStore.Normal(name), displayName, null, null, [Role.Administrator], Rank.None) { PasswordHash = passwords.Hash(password) };
        var outcome = store.InOneStep<Outcome<Account>>(() =>
        {
            if (Refuse(code) is { } refusal)
                return refusal;
            if (AccountDesk.Check(store, new AccountGrant(name, displayName, null, null, fresh.Roles, fresh.Rank), null) is { } invalid)
                return invalid;
            store.Put(fresh);
            store.ClearSetup();
            journal.Note("set_up", fresh.Id, "setup", fresh.Name);
            return fresh;
        });
        if (!outcome.IsDone)
            return outcome;
        file.Remove();
        await journal.ForwardAsync().ConfigureAwait(false);
        return outcome;
    }

    private Refusal? Refuse(string code) =>
        !IsNeeded ? Refusal.Conflict("set_up_done", "已有系统管理员。请由其添加账户。")
        : IsRight(code) ? null
        : Refusal.NotAllowed("设置码不对或已过期。请在网关上运行 bodycam account setup-code 取得新的设置码。");

    private bool IsRight(string code) =>
        store.Setup() is { } setup && setup.Expires > time.GetUtcNow() && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(setup.CodeHash), Encoding.ASCII.GetBytes(Hash(code)));

    private static string Hash(string code) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(code.Trim())));
}
