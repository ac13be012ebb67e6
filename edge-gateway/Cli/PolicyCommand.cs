using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using BodyCam.Rules.Calendars;
using BodyCam.Rules.Policies;
using BodyCam.Rules.Policies.Reading;
using Spectre.Console;

namespace BodyCam.Cli;

/// <summary><c>bodycam policy check|explain|diff|preview|schema</c>: the agencies' rules as data.</summary>
internal static class PolicyCommand
{
    private static readonly Option<DirectoryInfo> policies = new("--policies") { Description = "Folder of the policy files (default: the ones that ship).", Recursive = true };
    private static readonly Option<DirectoryInfo> calendars = new("--calendars") { Description = "Folder of the calendars (default: the ones that ship)." };
    private static readonly Option<bool> json = new("--json") { Description = "Print one JSON object.", Recursive = true };

    public static Command Create() => new("policy", "Checks, explains and compares the agencies' rules.") { policies, json, Check(), Explain(), Diff(), Preview(), Schema() };

    /// <summary>The policies that ship with the program.</summary>
    public static string ShippedFolder => Path.Combine(AppContext.BaseDirectory, "policies");

    private static Command Check()
    {
        var command = new Command("check", "Reads every policy and every calendar and names what is wrong, with line, key and remedy. Exit code 0 all sound, 1 something is wrong, 2 a folder is not there. A year that has no calendar yet is told and is no fault.") { calendars };
        command.SetAction(parsed =>
        {
            if (!HasFolder(parsed) || !HasCalendars(parsed))
                return ExitCode.Usage;
            var book = PolicyReader.ReadFolder(FolderOf(parsed), out var problems);
            var dates = CalendarSet.Load(parsed.GetValue(calendars)?.FullName ?? CalendarSet.ShippedFolder);
            var passed = book is not null && dates.Problems.Count == 0;
            var missing = Enumerable.Range(Today().Year, 2).Select(year => dates.Find(year, out var alarm) is null ? alarm : null).OfType<CalendarMissing>().ToList();
            if (parsed.GetValue(json))
            {
                Print(new
                {
                    passed,
                    policies = book?.All.Select(static set => new { set.Id, set.Version, set.Agency, effectiveFrom = set.EffectiveFrom, articles = set.Articles.Count }),
                    calendars = dates.Years.Select(static year => new { year.Year, year.Status, year.Source, year.Holidays, workdays = year.MakeUpDays }),
                    problems,
                    calendarProblems = dates.Problems,
                    calendarsMissing = missing.Select(static alarm => new { alarm.Year, alarm.Reason, alarm.Words }),
                });
                return passed ? ExitCode.Done : ExitCode.Failed;
            }

            Tell(problems);
            foreach (var problem in dates.Problems)
                Console.Error.WriteLine(problem);
            if (book is not null)
                Show(new Table().Border(TableBorder.Simple).AddColumns("Policy", "Version", "Agency", "In force from", "Articles"), book.All.Select(static set => new[] { set.Id, set.Version.ToString(CultureInfo.InvariantCulture), set.Agency, set.EffectiveFrom.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), set.Articles.Count.ToString(CultureInfo.InvariantCulture) }));
            if (dates.Years.Count > 0)
                Show(new Table().Border(TableBorder.Simple).AddColumns("Calendar", "Status", "Days off", "Make-up days", "Notice"), dates.Years.Select(static year => new[] { year.Year.ToString(CultureInfo.InvariantCulture), year.Status == CalendarStatus.Announced ? "announced" : "not announced", year.Holidays.Sum(static period => period.To.DayNumber - period.From.DayNumber + 1).ToString(CultureInfo.InvariantCulture), year.MakeUpDays.Count.ToString(CultureInfo.InvariantCulture), year.Source?.Number ?? "–" }));
            foreach (var alarm in missing)
                Console.WriteLine(alarm.Words);
            return passed ? ExitCode.Done : ExitCode.Failed;
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
            if (!HasFolder(parsed))
                return ExitCode.Usage;
            if (Book(parsed) is not { } book)
                return ExitCode.Failed;
            var on = parsed.GetValue(day) ?? Today();
            if (book.Effective(parsed.GetValue(id)!, on) is not { } set)
                return Fail($"no policy '{parsed.GetValue(id)}' is in force on {on:yyyy-MM-dd}. Name one with a day on which it is (--on): {string.Join(", ", book.All.Select(static each => $"{each.Id} from {each.EffectiveFrom:yyyy-MM-dd}"))}.");
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
        var command = new Command("diff", "Says rule by rule what differs between two files, and what it does. Exit code 0 compared, whether they differ or not, 1 one of them is no sound policy, 2 one of them is not there.") { before, after };
        command.SetAction(parsed =>
        {
            if (!IsThere(parsed.GetValue(before)!) || !IsThere(parsed.GetValue(after)!))
                return ExitCode.Usage;
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
            if (!HasFolder(parsed) || !IsThere(parsed.GetValue(file)!))
                return ExitCode.Usage;
            if (Book(parsed) is not { } book || Read(parsed.GetValue(file)!) is not { } after)
                return ExitCode.Failed;
            if (book.Effective(after.Id, Today()) is not { } before)
                return Fail($"no policy '{after.Id}' is in force today, so nothing would change. There are: {string.Join(", ", book.Ids)}.");
            if (after.Version <= before.Version)
                return Fail($"{parsed.GetValue(file)!.Name} is version {after.Version}, and version {before.Version} is in force. Give it the next number.");
            if (after.Parent is { } parent && !book.Ids.Contains(parent, StringComparer.Ordinal))
                return Fail($"its parent '{parent}' is not in the folder of policies. Put the superior's policy there first.");
            var day = after.EffectiveFrom > Today() ? after.EffectiveFrom : Today();
            if (new PolicyBook([.. book.All.Where(set => set.Id != after.Id), after]).Effective(after.Id, day) is not { } whole)
                return Fail($"{parsed.GetValue(file)!.Name} ended on {after.EffectiveTo:yyyy-MM-dd} already, so nothing would change. Correct effectiveTo.");
            if (PreviewData.Read(parsed.GetValue(data)!.FullName, after.Id, book, TimeProvider.System.GetUtcNow(), out var problem) is not { } stored)
                return Fail(problem);
            var touched = PolicyPreview.Of(before, whole, stored.Recordings);
            if (parsed.GetValue(json))
            {
                Print(new { policy = after.Id, stored.Source, stored = stored.Recordings.Count, touched });
            }
            else
            {
                Console.WriteLine($"{touched.Count} of {stored.Recordings.Count} recordings of {after.Id} would be touched, {touched.Count(static row => row.WouldShorten)} of them kept shorter by the new rules alone; what was promised stands.");
                if (stored.Source == "catalog")
                    Console.WriteLine("There is no custody data: recordings of every agency are counted, and cases, holds and classification are not known.");
                if (touched.Count > 0)
                    Show(new Table().Border(TableBorder.Simple).AddColumns("Recording", "Kept until", "New rule alone", "Stands", "Why"), touched.Take(50).Select(static row => new[] { row.Id, Show(row.Before), Show(row.After) + (row.WouldShorten ? " (shorter)" : ""), row.Stands is { } end ? Show(end) : "no end in sight", row.Why }));
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

    private static string FolderOf(ParseResult parsed) => parsed.GetValue(policies)?.FullName ?? ShippedFolder;

    // What is not there was not checked and found wrong: the command could not run.
    private static bool IsThere(FileInfo file)
    {
        if (!file.Exists)
            _ = Fail($"{(Directory.Exists(file.FullName) ? $"{file.FullName} is a folder" : $"there is no file {file.FullName}")}: name the policy file.");
        return file.Exists;
    }

    private static bool HasFolder(ParseResult parsed)
    {
        var folder = FolderOf(parsed);
        if (!Directory.Exists(folder))
            _ = Fail($"there is no folder {folder}: name the folder of the policy files with --policies, or leave it out for what ships.");
        return Directory.Exists(folder);
    }

    private static bool HasCalendars(ParseResult parsed)
    {
        if (parsed.GetValue(calendars) is not { Exists: false } folder)
            return true;
        _ = Fail($"there is no folder {folder.FullName}: name the folder of the calendars with --calendars, or leave it out for what ships.");
        return false;
    }

    private static PolicyBook? Book(ParseResult parsed)
    {
        var book = PolicyReader.ReadFolder(FolderOf(parsed), out var problems);
        TellError(problems);
        return book;
    }

    private static PolicySet? Read(FileInfo file)
    {
        var problems = new List<PolicyProblem>();
        var set = PolicyReader.ReadFile(file.FullName, problems);
        TellError(problems);
        return set;
    }

    // What kept a command from its work, in contrast to what check found.
    private static void TellError(IEnumerable<PolicyProblem> problems)
    {
        foreach (var problem in problems)
            Console.Error.WriteLine($"bodycam: {problem}");
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
