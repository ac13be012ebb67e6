using System.Text.Json.Nodes;

namespace BodyCam.Web.Tests;

public sealed class OpenApiTests(Console console) : IClassFixture<Console>
{
    [Fact]
    public async Task The_document_in_the_repository_is_the_one_that_the_gateway_serves()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "BodyCam.sln")))
            root = root.Parent!;
        var served = JsonNode.Parse(await console.Nobody.GetStringAsync("/openapi/v1.json", TestContext.Current.CancellationToken));
        var path = Path.Combine(root.FullName, "edge-gateway/docs/openapi.json");
        var committed = File.Exists(path) ? JsonNode.Parse(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken)) : null;
        Assert.True(JsonNode.DeepEquals(served, committed), "edge-gateway/docs/openapi.json is not what the gateway serves. Start a gateway and run: curl -s http://127.0.0.1:8080/openapi/v1.json > edge-gateway/docs/openapi.json; look at the difference, as programs of others rest on it.");
    }

    [Fact]
    public async Task Every_operation_has_a_name_a_summary_and_its_refusals()
    {
        var served = JsonNode.Parse(await console.Nobody.GetStringAsync("/openapi/v1.json", TestContext.Current.CancellationToken))!;
        var operations = served["paths"]!.AsObject().Where(static path => path.Key.StartsWith("/api/v1", StringComparison.Ordinal)).SelectMany(static path => path.Value!.AsObject().Select(operation => (Name: path.Key + " " + operation.Key, Operation: operation.Value!))).ToList();
        Assert.True(operations.Count > 100);
        Assert.All(operations, static row => Assert.False(string.IsNullOrEmpty((string?)row.Operation["summary"]) || string.IsNullOrEmpty((string?)row.Operation["operationId"]), row.Name));
        Assert.Equal(operations.Count, operations.Select(static row => (string?)row.Operation["operationId"]).Distinct().Count());
    }
}
