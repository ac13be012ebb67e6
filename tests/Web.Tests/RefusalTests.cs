using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace BodyCam.Web.Tests;

/// <summary>What somebody reads who asks for something that cannot be done: always a problem that names it and ends with the next action.</summary>
public sealed class RefusalTests(Console console) : IClassFixture<Console>
{
    [Theory]
    [InlineData("/officers", """{"id":"o-9","name":"王五","unitId":"unit-1"}""", "certificateNumber")]
    [InlineData("/officers", """{"id":"o-9","name":"王五","certificateNumber":"9","unitId":"unit-1","rank":"general","isActive":true}""", "rank")]
    [InlineData("/accounts", """{"grant":{"name":"wang","displayName":"王","officerId":null,"unitId":null,"roles":["boss"],"rank":"none"},"password":"a fine long phrase 7"}""", "grant.roles[0]")]
    [InlineData("/units", """{"id":""", "JSON")]
    [InlineData("/units", "", "正文")]
    [InlineData("/units", "null", "正文")]
    [InlineData("/units", """{"id":"u","agencyId":"agency-1","name":"某","archiveStaffIds":[null]}""", "null")]
    [InlineData("/units", "[]", "正文")]
    [InlineData("/units", """{"id":null,"agencyId":"agency-1","name":"某"}""", "id")]
    public async Task A_body_that_cannot_be_read_is_told_by_the_member_that_is_wrong(string path, string body, string named)
    {
        var (status, problem) = await Read(await console.Clients['A'].PostAsync("/api/v1" + path, new StringContent(body, Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken));
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(named, problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_parameter_that_is_missing_or_wrong_is_told_by_name()
    {
        var cancel = TestContext.Current.CancellationToken;
        var (status, problem) = await Read(await console.Clients['O'].GetAsync("/api/v1/recordings/bc-01.1.1/segments/1", cancel));
        Assert.Equal((HttpStatusCode.BadRequest, true), (status, problem.Contains("entry", StringComparison.Ordinal)));
        (status, problem) = await Read(await console.Clients['O'].GetAsync("/api/v1/recordings?limit=many", cancel));
        Assert.Equal((HttpStatusCode.BadRequest, true), (status, problem.Contains("limit", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_address_a_method_and_a_media_type_that_are_none_are_told_too()
    {
        var cancel = TestContext.Current.CancellationToken;
        Assert.Equal(HttpStatusCode.NotFound, (await Read(await console.Clients['A'].GetAsync("/api/v1/nonsense", cancel))).Status);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await Read(await console.Clients['A'].PutAsJsonAsync("/api/v1/units", new { }, cancel))).Status);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await Read(await console.Nobody.PostAsync("/api/v1/session", new FormUrlEncodedContent([]), cancel))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await Read(await console.Nobody.PostAsync("/api/v1/setup", new StringContent("{}", Encoding.UTF8, "application/json"), cancel))).Status);
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData("two words")]
    [InlineData("..")]
    [InlineData("x?y")]
    public async Task An_id_that_no_address_can_name_is_refused(string id)
    {
        Assert.Equal("id", await console.Refused('A', "/agencies", new { id, name = "某局", policyId = "qidong" }, 400));
        Assert.Equal("id", await console.Refused('A', "/units", new { id, agencyId = "agency-1", name = "三大队" }, 400));
        Assert.Equal("id", await console.Refused('A', "/officers", new { id, name = "某", certificateNumber = "证" + id, unitId = "unit-1", rank = "none", isActive = true }, 400));
    }

    [Fact]
    public async Task An_account_is_of_a_unit_and_officer_that_are_registered()
    {
        static object Grant(string? officerId, string? unitId) => new { name = "wang.wu", displayName = "王五", officerId, unitId, roles = new[] { "officer" }, rank = "none" };
        Assert.Equal("unit_not_found", await console.Refused('A', "/accounts", new { grant = Grant(null, "unit-9"), password = "a fine long phrase 7" }, 404));
        Assert.Equal("officer_not_found", await console.Refused('A', "/accounts", new { grant = Grant("o-9", "unit-1"), password = "a fine long phrase 7" }, 404));
        var made = await console.Must('A', "/accounts", new { grant = Grant("o-O", "unit-1"), password = "a fine long phrase 7" });
        var changed = await console.Clients['A'].PutAsJsonAsync($"/api/v1/accounts/{made.GetProperty("id").GetString()}", Grant("o-O", "unit-9"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, changed.StatusCode);
    }

    [Fact]
    public async Task Who_may_not_is_told_who_may_and_what_is_not_there_is_named_in_Chinese()
    {
        var cancel = TestContext.Current.CancellationToken;
        var (_, problem) = await Read(await console.Clients['A'].PostAsJsonAsync("/api/v1/recorders/bc-01/issue", new { officerId = "o-O" }, cancel));
        Assert.Contains("请由执法记录仪管理员办理", problem, StringComparison.Ordinal);
        (_, problem) = await Read(await console.Clients['T'].PostAsJsonAsync("/api/v1/holds/hold-000001/lift", new { reason = "了结" }, cancel));
        Assert.Contains("请由分管领导及以上办理", problem, StringComparison.Ordinal);
        (_, problem) = await Read(await console.Clients['A'].GetAsync("/api/v1/units/unit-9", cancel));
        Assert.Contains("没有单位 “unit-9”", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task States_are_filtered_and_counted_by_the_names_that_answers_show()
    {
        Assert.Equal("bc-01", (await console.Get('C', "/recorders?key=state&value=inStock")).GetProperty("items")[0].GetProperty("id").GetString());
        Assert.Empty((await console.Get('C', "/recorders?key=state&value=lost")).GetProperty("items").EnumerateArray());
        Assert.Equal(1, (await console.Get('C', "/units/unit-1/figures")).GetProperty("recorders").GetProperty("inStock").GetInt32());
    }

    private static async Task<(HttpStatusCode Status, string Detail)> Read(HttpResponseMessage answer)
    {
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.StartsWith("urn:bodycam:problem:", problem.GetProperty("type").GetString(), StringComparison.Ordinal);
        var detail = problem.GetProperty("detail").GetString()!;
        Assert.Contains("请", detail, StringComparison.Ordinal);
        return (answer.StatusCode, detail);
    }
}
