using BodyCam.Bench.Load;

namespace BodyCam.Cli.Bench;

/// <summary>A web server.</summary>
internal sealed record HttpPeer(ChildProcess Server, int Port, string Folder) : IAsyncDisposable
{
    private uint recording;

    /// <summary>The processes that do the work.</summary>
    public IReadOnlyList<int> Processes() => [Server.Id, .. ChildProcess.ChildrenOf(Server.Id)];

    /// <summary>The same for this server, under names that are new.</summary>
    public LoadPlan Plan(LoadPlan like) => like with { Target = LoadTarget.Http, Port = Port, Path = Folder, Recording = ++recording };

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
