using BodyCam.Bench.Load;

namespace BodyCam.Cli.Bench;

/// <summary>A broker and its subscriber.</summary>
internal sealed record MqttPeer(ChildProcess Broker, ChildProcess Subscriber, int Port, string File) : IAsyncDisposable
{
    /// <summary>The processes that do the work.</summary>
    public IReadOnlyList<int> Processes() => [Broker.Id, Subscriber.Id];

    /// <summary>The same for this broker.</summary>
    public LoadPlan Plan(LoadPlan like) => like with { Target = LoadTarget.MqttFile, Port = Port, Path = File };

    public async ValueTask DisposeAsync()
    {
        await Subscriber.DisposeAsync().ConfigureAwait(false);
        await Broker.DisposeAsync().ConfigureAwait(false);
    }
}
