using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using BodyCam.Accounts;
using BodyCam.Accounts.Oidc;
using BodyCam.Custody.Acts;
using BodyCam.Gateway;
using BodyCam.Rules.Policies;
using Spectre.Console;

namespace BodyCam.Cli;

/// <summary><c>bodycam account</c>: accounts by who can read the keys folder, whether a gateway runs or not. A running gateway takes the changes at once and writes them into its log.</summary>
internal static class AccountCommand
{
    private static readonly Option<string> keys = new("--keys") { Description = "The gateway's keys folder.", Required = true, Recursive = true };
    private static readonly Option<bool> json = new("--json") { Description = "Print one JSON object.", Recursive = true };
    private static readonly Option<bool> fromInput = new("--password-stdin") { Description = "Read the password from standard input, one line; one is made and shown once otherwise. A password is never an argument." };

    public static Command Create() => new("account", "Adds, lists and resets accounts on the gateway itself.") { keys, json, SetupCode(), Add(), List(), Disable(), Unlock(), Reset(), Rotate(), Link() };

    private static Command SetupCode()
    {
        var command = new Command("setup-code", "Prints the code that makes the first administrator; it holds a day and works once.");
        Run(command, static (_, room) => Task.FromResult(room.Setup.Code() is { } code
            ? Done(room, new { code }, $"{code}\nGive it, with a name and a password of your own, to POST /api/v1/setup within a day (edge-gateway/docs/first-day.md shows how).")
            : Fail("there is an administrator already. Have that person add accounts, or use 'bodycam account reset'.")));
        return command;
    }

    private static Command Add()
    {
        var name = Name();
        var display = new Option<string?>("--display-name") { Description = "Name for people (default: the name)." };
        var officer = new Option<string?>("--officer") { Description = "Officer that the user is." };
        var unit = new Option<string?>("--unit") { Description = "Unit." };
        var roles = new Option<Role[]>("--role") { Description = "Role, more than once for several: Officer, Custodian, Collector, Archivist, Legal, Technician, Administrator, Auditor.", AllowMultipleArgumentsPerToken = true };
        var rank = new Option<Rank>("--rank") { Description = "None, UnitHead, LeaderInCharge or MainLeader.", DefaultValueFactory = static _ => Rank.None };
        var command = new Command("add", "Adds an account; the password is changed at the first sign-in.") { name, display, officer, unit, roles, rank, fromInput };
        Run(command, async (parsed, room) =>
        {
            if (PasswordOf(parsed) is not { } password)
                return Fail("no password came in. Write one line to standard input, or leave --password-stdin out.");
            var typed = parsed.GetValue(name)!;
            var grant = new AccountGrant(typed, parsed.GetValue(display) ?? typed, parsed.GetValue(officer), parsed.GetValue(unit), parsed.GetValue(roles) ?? [], parsed.GetValue(rank));
            return Answer(parsed, room, await room.Desk.AddAsync(room.By, grant, password).ConfigureAwait(false), "added", password);
        });
        return command;
    }

    private static Command List()
    {
        var command = new Command("list", "Lists all accounts.");
        Run(command, static (_, room) =>
        {
            var accounts = room.Desk.All();
            if (room.IsJson)
                return Task.FromResult(Done(room, new { accounts = accounts.Select(account => View(account, room.Now)) }, ""));
            var table = new Table().Border(TableBorder.Simple).AddColumns("Name", "For people", "Roles", "Rank", "Unit", "State", "Second factor");
            foreach (var account in accounts)
                table.AddRow(new[] { account.Name, account.DisplayName, string.Join(", ", account.Roles), account.Rank.ToString(), account.UnitId ?? "", StateOf(account, room.Now), account.TotpSecret is null ? "no" : "yes" }.Select(static cell => new Spectre.Console.Text(cell)));
            AnsiConsole.Write(table);
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    private static Command Disable() => OfOne("disable", "Disables an account and ends its sessions; it stays on record.", "disabled", static (room, id) => room.Desk.DisableAsync(room.By, id));

    private static Command Unlock() => OfOne("unlock", "Lets an account in again: enables it and ends its lock.", "unlocked", static (room, id) => room.Desk.UnlockAsync(room.By, id));

    private static Command Reset()
    {
        var name = Name();
        var command = new Command("reset", "Sets a password that must be changed, takes the second factor off and ends the lock.") { name, fromInput };
        Run(command, async (parsed, room) =>
        {
            if (room.Store.FindByName(parsed.GetValue(name)!) is not { } account)
                return NoSuch(parsed.GetValue(name)!);
            if (PasswordOf(parsed) is not { } password)
                return Fail("no password came in. Write one line to standard input, or leave --password-stdin out.");
            return Answer(parsed, room, await room.Desk.ResetAsync(room.By, account.Id, password).ConfigureAwait(false), "reset", password);
        });
        return command;
    }

    private static Command Rotate()
    {
        var name = new Argument<string?>("name") { Description = "Sign-in name; everybody when left out.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("rotate", "Ends sessions and has passwords changed at the next sign-in: of one, or of everybody when accounts.db may have been read by others.") { name };
        Run(command, async (parsed, room) =>
        {
            var chosen = parsed.GetValue(name) is { } one ? room.Store.FindByName(one) is { } account ? [account] : null : room.Desk.All();
            if (chosen is null)
                return NoSuch(parsed.GetValue(name)!);
            foreach (var each in chosen)
                await room.Desk.ExpirePasswordAsync(room.By, each.Id).ConfigureAwait(false);
            return Done(room, new { rotated = chosen.Select(static each => each.Name) }, string.Create(CultureInfo.InvariantCulture, $"{chosen.Count} passwords must be changed at the next sign-in; their sessions are over."));
        });
        return command;
    }

    private static Command Link()
    {
        var name = Name();
        var value = new Argument<string?>("value") { Description = "Value of the configured claim at the OpenID Connect provider; the link is taken off when left out.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("link", "Links an account to a user of the OpenID Connect provider of oidc.json.") { name, value };
        Run(command, async (parsed, room) =>
        {
            if (room.Store.FindByName(parsed.GetValue(name)!) is not { } account)
                return NoSuch(parsed.GetValue(name)!);
            string? subject = null;
            if (parsed.GetValue(value) is { Length: > 0 } claim)
            {
                if (OidcOptions.Read(room.Store.Folder) is not { } options)
                    return Fail($"{Path.Combine(room.Store.Folder!, OidcOptions.FileName)} is not there. Write it first, as edge-gateway/docs/accounts.md says.");
                subject = options.SubjectOf(claim);
            }

            return Answer(parsed, room, await room.Desk.LinkAsync(room.By, account.Id, subject).ConfigureAwait(false), subject is null ? "unlinked" : "linked", null);
        });
        return command;
    }

    private static Command OfOne(string verb, string description, string done, Func<AccountRoom, string, Task<Outcome<Account>>> act)
    {
        var name = Name();
        var command = new Command(verb, description) { name };
        Run(command, async (parsed, room) => room.Store.FindByName(parsed.GetValue(name)!) is { } account ? Answer(parsed, room, await act(room, account.Id).ConfigureAwait(false), done, null) : NoSuch(parsed.GetValue(name)!));
        return command;
    }

    private static Argument<string> Name() => new("name") { Description = "Sign-in name." };

    private static void Run(Command command, Func<ParseResult, AccountRoom, Task<int>> act) => command.SetAction(async (parsed, _) =>
    {
        try
        {
            using var room = AccountRoom.Open(Path.GetFullPath(parsed.GetValue(keys)!), parsed.GetValue(json), TimeProvider.System);
            return await act(parsed, room).ConfigureAwait(false);
        }
        catch (Microsoft.Data.Sqlite.SqliteException failure)
        {
            return Fail(DatabaseWords.Of(Path.Combine(Path.GetFullPath(parsed.GetValue(keys)!), AccountStore.FileName), failure, DatabaseWords.Accounts));
        }
        catch (Exception failure) when (failure is InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            return Fail(failure.Message);
        }
    });

    private static string? PasswordOf(ParseResult parsed) => parsed.GetValue(fromInput) ? Console.In.ReadLine() : Passwords.Generate();

    private static int Answer(ParseResult parsed, AccountRoom room, Outcome<Account> outcome, string done, string? password)
    {
        if (!outcome.IsDone)
            return Fail(AccountWords.Of(outcome.Refusal));
        var shown = password is not null && !parsed.GetValue(fromInput) ? password : null;
        return Done(room, new { account = View(outcome.Value, room.Now), password = shown }, $"{outcome.Value.Name}: {done}.{(shown is null ? "" : $" Password, shown this once: {shown}")}");
    }

    private static int Done(AccountRoom room, object value, string words)
    {
        Console.WriteLine(room.IsJson ? JsonSerializer.Serialize(value, room.Json) : words);
        return ExitCode.Done;
    }

    private static int NoSuch(string name) => Fail($"there is no account '{name}'. See 'bodycam account list'.");

    private static int Fail(string message)
    {
        Console.Error.WriteLine("bodycam: " + message);
        return ExitCode.Usage;
    }

    private static string StateOf(Account account, DateTimeOffset now) => !account.IsActive ? "disabled" : account.LockedUntil > now ? "locked" : account.MustChangePassword ? "password to be changed" : "active";

    private static object View(Account account, DateTimeOffset now) => new { account.Id, account.Name, account.DisplayName, account.OfficerId, account.UnitId, account.Roles, account.Rank, state = StateOf(account, now), hasSecondFactor = account.TotpSecret is not null, account.Subject };
}
