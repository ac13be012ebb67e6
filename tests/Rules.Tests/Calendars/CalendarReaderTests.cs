using System.Text;
using BodyCam.Rules.Calendars;

namespace BodyCam.Rules.Tests.Calendars;

public sealed class CalendarReaderTests
{
    private const string Sound = """
        {
          "year": 2028,
          "status": "announced",
          "source": { "title": "通知", "number": "1号", "url": "https://www.gov.cn/x" },
          "holidays": [
            { "name": "元旦", "from": "2028-01-01", "to": "2028-01-03" },
            { "name": "劳动节", "from": "2028-05-01", "to": "2028-05-03" }, { "name": "春节", "from": "2028-01-26", "to": "2028-01-28" }, { "name": "清明节", "from": "2028-04-04", "to": "2028-04-04" }, { "name": "端午节", "from": "2028-05-28", "to": "2028-05-28" }, { "name": "国庆节、中秋节", "from": "2028-10-01", "to": "2028-10-03" }
          ],
          "workdays": [
            { "name": "元旦", "day": "2028-01-08" },
            { "name": "劳动节", "day": "2028-05-06" }
          ]
        }
        """;

    [Fact]
    public void A_sound_file_gives_its_days()
    {
        var reading = Read(Sound);
        Assert.Empty(reading.Problems);
        Assert.Equal(CalendarStatus.Announced, reading.Calendar!.Status);
        Assert.Equal(new HolidayPeriod("劳动节", new DateOnly(2028, 5, 1), new DateOnly(2028, 5, 3)), reading.Calendar.Holidays[1]);
        Assert.Equal(new DateOnly(2028, 5, 6), reading.Calendar.MakeUpDays[1].Day);
    }

    [Fact]
    public void Of_very_many_problems_the_first_hundred_are_told_and_that_there_may_be_more()
    {
        var reading = Read($"{{\"year\":2028,\"status\":\"announced\",\"holidays\":[{string.Join(',', Enumerable.Repeat("{}", 5000))}]}}");
        Assert.Null(reading.Calendar);
        Assert.InRange(reading.Problems.Count, CalendarReader.ProblemsMax, CalendarReader.ProblemsMax + 10);
        Assert.Contains("There may be more problems", reading.Problems[^1].What, StringComparison.Ordinal);
    }

    [Fact]
    public void A_byte_order_mark_is_passed_over() => Assert.NotNull(Read("\uFEFF" + Sound).Calendar);

    [Theory]
    [InlineData("\"year\": 2028", "\"year\": 2027", 2, "year")]
    [InlineData("\"year\": 2028", "\"year\": \"2028\"", 2, "year")]
    [InlineData("\"announced\"", "\"soon\"", 3, "status")]
    [InlineData("\"announced\"", "7", 3, "status")]
    [InlineData("https://www.gov.cn/x", "gov", 4, "source.url")]
    [InlineData("\"number\": \"1号\", ", "", 4, "source.number")]
    [InlineData("\"title\": \"通知\"", "\"title\": \" \"", 4, "source.title")]
    [InlineData("\"name\": \"元旦\", \"from\"", "\"from\"", 6, "holidays[0].name")]
    [InlineData("2028-01-03", "2028-02-30", 6, "holidays[0].to")]
    [InlineData("2028-01-03", "2029-01-03", 6, "holidays[0].to")]
    [InlineData("2028-01-01", "2028-01-04", 6, "holidays[0].to")]
    [InlineData("2028-05-01", "2028-01-03", 7, "holidays[1]")]
    [InlineData("2028-05-03", "20280503", 7, "holidays[1].to")]
    [InlineData("2028-01-08", "2028-01-10", 10, "workdays[0].day")]
    [InlineData("2028-01-08", "2028-01-02", 10, "workdays[0].day")]
    [InlineData("2028-01-08", "2027-01-09", 10, "workdays[0].day")]
    [InlineData("2028-05-06", "2028-01-08", 11, "workdays[1].day")]
    [InlineData("\"day\": \"2028-05-06\"", "\"date\": \"2028-05-06\"", 11, "workdays[1].date")]
    [InlineData("\"day\": \"2028-05-06\"", "\"day\": \"2028-05-06\", \"day\": \"2028-05-06\"", 11, "workdays[1].day")]
    [InlineData("\"workdays\"", "\"work\"", 9, "work")]
    [InlineData("{ \"name\": \"元旦\", \"day\": \"2028-01-08\" }", "\"2028-01-08\"", 10, "workdays[0]")]
    public void A_mistake_is_named_with_line_key_and_remedy_and_nothing_is_loaded(string right, string wrong, int line, string key)
    {
        Assert.Contains(right, Sound, StringComparison.Ordinal);
        var at = Sound.IndexOf(right, StringComparison.Ordinal);
        var reading = Read(Sound[..at] + wrong + Sound[(at + right.Length)..]);
        Assert.Null(reading.Calendar);
        var problem = reading.Problems.First(problem => problem.Key == key);
        Assert.Equal(line, problem.Line);
        Assert.NotEmpty(problem.Remedy);
        Assert.StartsWith($"2028.json:{line}: {key}: ", problem.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"year\": 2028,", "\"year\": 2028", 3)]
    [InlineData("{ \"name\": \"劳动节\", \"from\"", "{ \"name\": \"劳动节\", from", 7)]
    public void Broken_json_is_named_with_its_line(string right, string wrong, int line)
    {
        var problem = Assert.Single(Read(Sound.Replace(right, wrong, StringComparison.Ordinal)).Problems);
        Assert.Equal(line, problem.Line);
    }

    [Fact]
    public void Every_mistake_is_named_at_once_in_the_order_of_the_file()
    {
        var reading = Read(Sound.Replace("2028-01-03", "2028-13-03", StringComparison.Ordinal).Replace("2028-05-06", "2028-05-08", StringComparison.Ordinal).Replace("announced", "x", StringComparison.Ordinal));
        Assert.Equal([3, 6, 11], reading.Problems.Select(static problem => problem.Line));
    }

    [Fact]
    public void A_file_cut_anywhere_gives_problems_and_throws_nothing()
    {
        var bytes = Encoding.UTF8.GetBytes(Sound);
        for (var length = 0; length < bytes.Length; length++)
            Assert.NotEmpty(CalendarReader.Read("2028.json", 2028, bytes.AsSpan(0, length)).Problems);
    }

    [Fact]
    public void A_file_with_any_byte_changed_throws_nothing_and_is_sound_or_named()
    {
        const int Seed = 20281;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        for (var round = 0; round < 3000; round++)
        {
            var bytes = Encoding.UTF8.GetBytes(Sound);
            for (var change = random.Next(1, 4); change > 0; change--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            var reading = CalendarReader.Read("2028.json", 2028, bytes);
            Assert.Equal(reading.Calendar is null, reading.Problems.Count > 0);
        }
    }

    [Fact]
    public void A_huge_file_is_refused_before_it_is_read() => Assert.Null(CalendarReader.Read("2028.json", 2028, new byte[CalendarReader.BytesMax + 1]).Calendar);

    [Fact]
    public void A_folder_with_one_bad_file_keeps_the_other_years_and_alarms_for_that_one()
    {
        var folder = Directory.CreateTempSubdirectory("calendars-");
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, "2028.json"), Sound);
            File.WriteAllText(Path.Combine(folder.FullName, "2029.json"), Sound);
            File.WriteAllText(Path.Combine(folder.FullName, "holidays.json"), "{}");
            var set = CalendarSet.Load(folder.FullName);
            Assert.NotNull(set.Find(2028, out _));
            Assert.Null(set.Find(2029, out var missing));
            Assert.Equal(CalendarMissingReason.Faulty, missing!.Reason);
            Assert.Contains(set.Problems, static problem => problem.File == "2029.json" && problem.Key == "year");
            Assert.Contains(set.Problems, static problem => problem.File == "holidays.json");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>A half-copied notice would count days off as worked, without a sound.</summary>
    [Theory]
    [InlineData("{ \"name\": \"端午节\", \"from\": \"2028-05-28\", \"to\": \"2028-05-28\" }, ", "", "端午节", "2028-05-28")]
    [InlineData(", { \"name\": \"春节\", \"from\": \"2028-01-26\", \"to\": \"2028-01-28\" }", "", "春节", "2028-01-27")]
    [InlineData("\"from\": \"2028-10-01\", \"to\": \"2028-10-03\"", "\"from\": \"2028-10-01\", \"to\": \"2028-10-02\"", "中秋节", "2028-10-03")]
    [InlineData("\"from\": \"2028-05-01\"", "\"from\": \"2028-05-02\"", "劳动节", "2028-05-01")]
    public void A_statutory_day_that_was_left_out_is_named_and_the_year_is_not_counted_with(string right, string wrong, string name, string day)
    {
        Assert.Contains(right, Sound, StringComparison.Ordinal);
        var reading = Read(Sound.Replace(right, wrong, StringComparison.Ordinal));
        Assert.Null(reading.Calendar);
        Assert.Contains(reading.Problems, problem => problem.Key == "holidays" && problem.What.Contains(name, StringComparison.Ordinal) && problem.What.Contains(day, StringComparison.Ordinal));
        Assert.NotNull(Read(Sound.Replace(right, wrong, StringComparison.Ordinal).Replace("\"announced\"", "\"not_announced\"", StringComparison.Ordinal)).Calendar);
    }

    [Fact]
    public void A_folder_that_is_not_there_is_a_problem_that_says_what_to_do()
    {
        var set = CalendarSet.Load(Path.Combine(Path.GetTempPath(), "no-calendars-" + Guid.NewGuid().ToString("N")));
        Assert.Contains("--calendars", Assert.Single(set.Problems).ToString(), StringComparison.Ordinal);
        Assert.Null(set.Find(2026, out var missing));
        Assert.Equal(CalendarMissingReason.NoFile, missing!.Reason);
    }

    [Fact]
    public void Filling_in_the_notice_ends_the_alarm()
    {
        var waiting = Read(Sound.Replace("\"announced\"", "\"not_announced\"", StringComparison.Ordinal)).Calendar!;
        Assert.NotNull(new WorkingDays(CalendarSet.Of(waiting)).Add(new DateOnly(2028, 1, 5), 2).Missing);
        Assert.Equal(new DateOnly(2028, 1, 7), new WorkingDays(CalendarSet.Of(Read(Sound).Calendar!)).Add(new DateOnly(2028, 1, 5), 2).Last);
    }

    private static CalendarReading Read(string text) => CalendarReader.Read("2028.json", 2028, Encoding.UTF8.GetBytes(text));
}
