using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace BodyCam.Mqtt.Endpoint;

/// <summary>Memory into which sockets are read: blocks of 32 KiB, so that one call of the system takes in several chunks of footage; Kestrel's own are of 4 KiB.</summary>
internal sealed class ReceiveBlocks : MemoryPool<byte>, IMemoryPoolFactory<byte>
{
    private const int BlockBytes = 32 * 1024;

    /// <inheritdoc/>
    public override int MaxBufferSize => BlockBytes;

    /// <inheritdoc/>
    public override IMemoryOwner<byte> Rent(int minBufferSize = -1) => Shared.Rent(Math.Max(minBufferSize, BlockBytes));

    /// <inheritdoc/>
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => this;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // The blocks are the shared pool's.
    }
}
