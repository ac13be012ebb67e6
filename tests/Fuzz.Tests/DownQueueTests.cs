using BodyCam.Firmware.Uplink;

namespace BodyCam.Fuzz.Tests;

/// <summary>What comes down the link is bounded in number and in bytes before anybody has looked at it.</summary>
public sealed class DownQueueTests
{
    [Fact]
    public void Messages_are_bounded_in_number_in_bytes_and_each_in_length_and_room_comes_back()
    {
        var queue = new DownQueue();
        Assert.False(queue.Add(new byte[DownQueue.MessageBytesMax + 1]));
        Assert.Equal(DownQueue.CountMax, Enumerable.Range(0, 200).Count(_ => queue.Add(new byte[10])));
        Assert.Equal(DownQueue.CountMax, Enumerable.Range(0, 200).Count(_ => queue.Take() is { Length: 10 }));
        Assert.Equal(DownQueue.BytesMax / DownQueue.MessageBytesMax, Enumerable.Range(0, 200).Count(_ => queue.Add(new byte[DownQueue.MessageBytesMax])));
        Assert.NotNull(queue.Take());
        Assert.True(queue.Add(new byte[DownQueue.MessageBytesMax]));
        queue.Clear();
        Assert.Null(queue.Take());
        Assert.Equal(DownQueue.BytesMax / DownQueue.MessageBytesMax, Enumerable.Range(0, 200).Count(_ => queue.Add(new byte[DownQueue.MessageBytesMax])));
    }
}
