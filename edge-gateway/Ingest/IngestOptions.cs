using System.Diagnostics.Metrics;
using BodyCam.Core.Keys;
using BodyCam.Log;
using BodyCam.Storage;

namespace BodyCam.Ingest;

/// <summary>What ingest works on.</summary>
public sealed record IngestOptions
{
    /// <summary>The data folder.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Keys of recorders.</summary>
    public required KeyRing Keys { get; init; }

    /// <summary>The gateway's own key.</summary>
    public required GatewayKey GatewayKey { get; init; }

    /// <summary>Epochs given, noted beside the keys; null to rest on the log alone.</summary>
    public EpochMarks? EpochMarks { get; init; }

    /// <summary>What a new recorder is told besides its keys.</summary>
    public ProvisioningValues Provisioning { get; init; } = new();

    /// <summary>Clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Disk of segments; the real one when null.</summary>
    public IDisk? Disk { get; init; }

    /// <summary>Files of the log; the real ones when null.</summary>
    public ILogFiles? LogFiles { get; init; }

    /// <summary>Path of the catalog; in the data folder when null.</summary>
    public string? CatalogPath { get; init; }

    /// <summary>Tasks that bring sealed segments to their place beside the connections, so that a PUBACK does not wait for the disk; 0 for none: the connection does it.</summary>
    public int StoreWorkers { get; init; }

    /// <summary>Maker of the meter; a free-standing one when null.</summary>
    public IMeterFactory? Meters { get; init; }

    /// <summary>Bounds for each recorder.</summary>
    public StoreLimits Limits { get; init; } = new();

    /// <summary>An open part whose recorder was silent for so long is closed as an orphaned tail, sealed or not; one that is whole is stored.</summary>
    public TimeSpan OrphanAfter { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Where the archive lies, for the words of its alert; null when there is none or it is not known.</summary>
    public string? ArchiveFolder { get; init; }

    /// <summary>Awaited before each group that is committed; a simulation decides by it who goes on, on its one thread. Null: nobody is asked.</summary>
    internal Func<Task>? CommitTurn { get; init; }

    /// <summary>The same before each work of <see cref="StoreWorkers"/>.</summary>
    internal Func<Task>? StoreTurn { get; init; }
}
