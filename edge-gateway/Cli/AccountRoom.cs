using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using BodyCam.Accounts;
using BodyCam.Core.Keys;
using BodyCam.Custody.Acts;
using BodyCam.Rules.Policies;

namespace BodyCam.Cli;

/// <summary>The accounts of a keys folder as the command works on them.</summary>
internal sealed class AccountRoom : IDisposable
{
    private readonly Passwords passwords = new();
    private readonly TimeProvider time;

    private AccountRoom(AccountStore store, byte[] accountsKey, bool isJson, TimeProvider time)
    {
        this.time = time;
        (Store, IsJson) = (store, isJson);
        var events = new PendingEvents(store, time);
        Setup = new FirstSetup(store, passwords, events, time);
        Desk = new AccountDesk(store, passwords, new Sessions(time), new SecretBox(accountsKey), Setup, events, time);
    }

    public AccountStore Store { get; }

    public FirstSetup Setup { get; }

    public AccountDesk Desk { get; }

    public bool IsJson { get; }

    public DateTimeOffset Now => time.GetUtcNow();

    public JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    /// <summary>Who acts: the operating system's user, by having the keys folder.</summary>
    public Actor By { get; } = new($"{PendingEvents.ByPrefix}{Environment.UserName}", Environment.UserName, null, null, new HashSet<Role> { Role.Administrator }, Rank.None);

    /// <summary>Opens the accounts of a folder that a gateway has been started with.</summary>
    /// <exception cref="InvalidOperationException">It is none; the message says what to do.</exception>
    public static AccountRoom Open(string keysFolder, bool isJson, TimeProvider time)
    {
        var master = Path.Combine(keysFolder, KeyFolder.MasterFile);
        if (!File.Exists(master))
            throw new InvalidOperationException($"{master} is not there. Start the gateway once with --keys {keysFolder}, or name its keys folder.");
        var secret = File.ReadAllBytes(master);
        if (secret.Length != 32)
            throw new InvalidOperationException($"{master} does not have 32 bytes: restore it from its backup.");
        var ring = new KeyRing(secret);
        return new AccountRoom(AccountStore.Open(Path.Combine(keysFolder, AccountStore.FileName)), ring.AccountsKey(), isJson, time);
    }

    public void Dispose()
    {
        Store.Dispose();
        passwords.Dispose();
    }
}
