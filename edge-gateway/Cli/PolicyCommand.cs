using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using BodyCam.Catalog;
using BodyCam.Rules.Policies;
using BodyCam.Rules.Policies.Reading;
using Spectre.Console;

namespace BodyCam.Cli;

/// <summary><c>bodycam policy check|explain|diff|preview|schema</c>: the agencies' rules as data.</summary>
internal static class PolicyCommand
{
    private static readonly Option<DirectoryInfo> policies = new("--policies") { Description = "Folder of the policy files (default: the ones that ship).", Recursive = true };
    private static readonly Option<bool> json = new("--json") { Description = "Print one JSON object.", Recursive = true };

    public static Command Create() => new("policy", "Checks, explains and compares the agencies' rules.") { policies, json, Check(), Explain(), Diff(), Preview(), Schema() };

    /// <summary>The policies that ship with the program.</summary>
    public static string ShippedFolder => Path.Combine(AppContext.BaseDirectory, "policies");

    private static Command Check()
    {
        var command = new Command("check", "Reads every file of the folder and names what is wrong, with line, key and remedy.");
        command.SetAction(parsed =>
        {
            var book = PolicyReader.ReadFolder(FolderOf(parsed), out var problems);
            if (parsed.GetValue(json))
            {
                Print(new { passed = book is not null, policies = book?.All.Select(static set => new { set.Id, set.Version, set.Agency, effectiveFrom = set.EffectiveFrom, articles = set.Articles.Count }), problems });
            }
            else if (book is not null)
            {
                var table = new Table().Border(TableBorder.Simple).AddColumns("Policy", "Version", "Agency", "In force from", "Articles");
                foreach (var set in book.All)
                    table.AddRow(new Text(set.Id), new Text(set.Version.ToString(CultureInfo.InvariantCulture)), new Text(set.Agency), new Text(set.EffectiveFrom.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)), new Text(set.Articles.Count.ToString(CultureInfo.InvariantCulture)));
                AnsiConsole.Write(table);
            }
            else
            {
                Tell(problems);
            }

            return book is null ? ExitCode.Failed : ExitCode.Done;
        });
        return command;
    }

    private static Command Explain()
    {
        var id = new Argument<string>("policy") { Description = "Id, such as qidong." };
        var what = new Argument<string?>("rule") { Description = "A rule such as retention or upload, or an article such as 12(三); all when left out.", Arity = ArgumentArity.ZeroOrOne };
        var day = new Option<DateOnly?>("--on") { Description = "Day (default: today)." };
        var command = new Command("explain", "Says each rule in words, with the article's own text and its corrections.") { id, what, day };
        command.SetAction(parsed =>
        {
            if (Book(parsed) is not { } book)
                return ExitCode.Failed;
            var on = parsed.GetValue(day) ?? Today();
            if (book.Effective(parsed.GetValue(id)!, on) is not { } set)
                return Fail($"no policy '{parsed.GetValue(id)}' is in force on {on:yyyy-MM-dd}. There are: {string.Join(", ", book.Ids)}.");
            var lines = PolicyWords.Of(set, parsed.GetValue(what)).ToList();
            if (lines.Count == 0)
                return Fail($"'{parsed.GetValue(what)}' is neither a rule nor an article of {set.Id}. Rules: {string.Join(", ", PolicyWords.RuleNames)}; articles 1 to {set.Articles.Count}.");
            if (parsed.GetValue(json))
                Print(new { policy = set.Id, version = set.Version, on, rules = lines });
            else
                PolicyWords.Show(set, lines);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Diff()
    {
        var before = new Argument<FileInfo>("before") { Description = "Policy file." };
        var after = new Argument<FileInfo>("after") { Description = "Policy file." };
        var command = new Command("diff", "Says rule by rule what differs between two files, and what it does.") { before, after };
        command.SetAction(parsed =>
        {
            if (Read(parsed.GetValue(before)!) is not { } one || Read(parsed.GetValue(after)!) is not { } two)
                return ExitCode.Failed;
            var changes = PolicyDiff.Between(one, two);
            if (parsed.GetValue(json))
                Print(new { changes = changes.Select(static change => new { change.Path, change.Before, change.After, effect = change.Effect.ToString() }) });
            else if (changes.Count == 0)
                Console.WriteLine("No difference.");
            else
                Show(new Table().Border(TableBorder.Simple).AddColumns("Key", "Before", "After", "Effect"), changes.Select(static change => new[] { change.Path, change.Before ?? "–", change.After ?? "–", Word(change.Effect) }));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Preview()
    {
        var file = new Argument<FileInfo>("new") { Description = "The policy file that would take the place of the one in force." };
        var data = new Option<DirectoryInfo>("--data") { Description = "Data folder of the gateway.", Required = true };
        var command = new Command("preview", "Says which stored recordings a change would touch; retention never shortens.") { file, data };
        command.SetAction(parsed =>
        {
            if (Book(parsed) is not { } book || Read(parsed.GetValue(file)!) is not { } after)
                return ExitCode.Failed;
            if (book.At(after.Id, Today()) is not { } before)
                return Fail($"no policy '{after.Id}' is in force today, so nothing would change. There are: {string.Join(", ", book.Ids)}.");
            var catalogFile = Path.Combine(parsed.GetValue(data)!.FullName, "catalog.db");
            if (!File.Exists(catalogFile))
                return Fail($"{catalogFile} is not there. Name the data folder of a gateway with --data.");
            using var catalog = SqliteCatalog.Open(catalogFile);
            var recordings = StoredRecordings(catalog).ToList();
            var touched = PolicyPreview.Of(before.Rules.Retention, after.Rules.Retention, recordings);
            if (parsed.GetValue(json))
            {
                Print(new { policy = after.Id, stored = recordings.Count, touched });
            }
            else
            {
                Console.WriteLine($"{touched.Count} of {recordings.Count} stored recordings would be touched; what was promised stands.");
                Show(new Table().Border(TableBorder.Simple).AddColumns("Recording", "Kept until", "New rule alone", "Stands"), touched.Take(50).Select(static row => new[] { row.Id, Show(row.Before), Show(row.After) + (row.WouldShorten ? " (shorter)" : ""), Show(row.Stands) }));
                if (touched.Count > 50)
                    Console.WriteLine($"… and {touched.Count - 50} more: use --json for all.");
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static Command Schema()
    {
        var command = new Command("schema", "Prints the JSON Schema of policy files.");
        command.SetAction(_ =>
        {
            Console.WriteLine(PolicyJson.Schema().ToJsonString(new JsonSerializerOptions(PolicyJson.Options) { WriteIndented = true }));
            return ExitCode.Done;
        });
        return command;
    }

    // Without custody data of its own the preview takes every stored recording: end and storage by the catalog.
    private static IEnumerable<PreviewRecording> StoredRecordings(SqliteCatalog catalog) =>
        catalog.Epochs().SelectMany(epoch => catalog.Segments(epoch.Device, epoch.Epoch)).Where(static row => row.Key.Recording > 0)
            .GroupBy(static row => (row.Key.Device, row.Key.Epoch, row.Key.Recording))
            .Select(static group => new PreviewRecording($"{group.Key.Device.Text}.{group.Key.Epoch}.{group.Key.Recording}", DateTimeOffset.UnixEpoch.AddTicks(10 * group.Max(static row => Math.Max(row.StoredAtUs, row.StartDeviceWallUs + row.EndUs - row.StartUs))), null));

    private static string FolderOf(ParseResult parsed) => parsed.GetValue(policies)?.FullName ?? ShippedFolder;

    private static PolicyBook? Book(ParseResult parsed)
    {
        var book = PolicyReader.ReadFolder(FolderOf(parsed), out var problems);
        Tell(problems);
        return book;
    }

    private static PolicySet? Read(FileInfo file)
    {
        var problems = new List<PolicyProblem>();
        var set = PolicyReader.ReadFile(file.FullName, problems);
        Tell(problems);
        return set;
    }

    private static void Tell(IEnumerable<PolicyProblem> problems)
    {
        foreach (var problem in problems)
            Console.Error.WriteLine(problem);
    }

    private static int Fail(string message)
    {
        Console.Error.WriteLine("bodycam: " + message);
        return ExitCode.Usage;
    }

    private static void Show(Table table, IEnumerable<string[]> rows)
    {
        foreach (var row in rows)
            table.AddRow(row.Select(static cell => new Text(cell)));
        AnsiConsole.Write(table);
    }

    private static string Word(ChangeEffect effect) => effect switch
    {
        ChangeEffect.ShortensRetention => "shortens retention: only for what is recorded from then on",
        ChangeEffect.LengthensRetention => "lengthens retention",
        ChangeEffect.Loosens => "loosens",
        ChangeEffect.Tightens => "tightens",
        _ => "",
    };

    private static string Show(DateTimeOffset at) => at.AddTicks(-1).ToOffset(TimeSpan.FromHours(8)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static DateOnly Today() => DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().ToOffset(TimeSpan.FromHours(8)).DateTime);

    private static void Print(object value) => Console.WriteLine(JsonSerializer.Serialize(value, PolicyJson.Options));
}
