using System.Globalization;
using BodyCam.Custody.Acts;
using BodyCam.Rules.Policies;
using BodyCam.TestKit;

namespace BodyCam.Accounts.Tests;

/// <summary>Accounts over a real file in a folder of its own, in virtual time.</summary>
public sealed class Room : IDisposable
{
    public const string Password = "correct horse battery 9";
    public const string Wrong = "wrong horse battery 99";

    public static readonly Actor Boss = new("user-boss", "主任", null, null, new HashSet<Role> { Role.Administrator }, Rank.None);

    private readonly byte[] key = [.. Enumerable.Range(0, 32).Select(static i => (byte)i)];

    public Room()
    {
        Store = AccountStore.Open(StorePath);
        Passwords = new Passwords(iterations: 1_000);
        Sessions = new Sessions(Time);
        Addresses = new AddressLimit(Time);
        Box = new SecretBox(key);
        Setup = new FirstSetup(Store, Passwords, Log, Time);
        SignIn = new SignIn(Store, Passwords, Sessions, Addresses, Box, Log, Time);
        Desk = new AccountDesk(Store, Passwords, Sessions, Box, Setup, Log, Time);
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("accounts").FullName;

    public string StorePath => Path.Combine(Folder, AccountStore.FileName);

    public ManualTimeProvider Time { get; } = new();

    public AccountStore Store { get; }

    public Passwords Passwords { get; }

    public Sessions Sessions { get; }

    public AddressLimit Addresses { get; }

    public SecretBox Box { get; }

    public FirstSetup Setup { get; }

    public SignIn SignIn { get; }

    public AccountDesk Desk { get; }

    public EventLog Log { get; } = new();

    public List<(string Name, string UserId, string By, string Detail)> Events => Log.Events;

    private int address;

    public Account Add(string name, params Role[] roles)
    {
        var account = new Account("user-" + name, name, "姓名" + name, null, "unit-1", roles, Rank.None) { PasswordHash = Passwords.Hash(Password) };
        Store.Put(account);
        return account;
    }

    /// <summary>Tries from an address of its own each time, so that only the account's limit counts.</summary>
    public async Task<SignInOutcome> TryAsync(string name, string password, string? code = null, string? from = null) =>
        (await SignIn.TryAsync(name, password, code, from ?? NextAddress(), TestContext.Current.CancellationToken)).Outcome;

    public async Task<(string Token, Session Session)> InAsync(string name, string password = Password, string? code = null)
    {
        var (outcome, token, session, _) = await SignIn.TryAsync(name, password, code, NextAddress(), TestContext.Current.CancellationToken);
        Assert.Equal(SignInOutcome.Done, outcome);
        return (token!, session!);
    }

    public string NextAddress() => string.Create(CultureInfo.InvariantCulture, $"10.0.{Interlocked.Increment(ref address) / 250}.{(address % 250) + 1}");

    public void Dispose()
    {
        Store.Dispose();
        Passwords.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Takes events; not disposable, so that a container leaves it alone.</summary>
    public sealed class EventLog : IAccountEvents
    {
        public List<(string Name, string UserId, string By, string Detail)> Events { get; } = [];

        /// <summary>True while the log takes nothing.</summary>
        public bool IsFull { get; set; }

        public ValueTask RaiseAsync(string name, string userId, string by, string detail)
        {
            if (IsFull)
                throw new IOException("The log takes nothing.");
            lock (Events)
                Events.Add((name, userId, by, detail));
            return ValueTask.CompletedTask;
        }
    }
}
