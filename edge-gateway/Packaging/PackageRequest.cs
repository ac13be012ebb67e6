using BodyCam.Core;

namespace BodyCam.Packaging;

/// <summary>A recording that goes into a package, whole.</summary>
/// <param name="Device">Recorder.</param>
/// <param name="Epoch">Epoch.</param>
/// <param name="Recording">Number.</param>
public sealed record PackagedRecording(DeviceId Device, uint Epoch, uint Recording);

/// <summary>What a package is made of and what its forms say. Every text is for people; an empty one becomes a line to fill in by hand.</summary>
public sealed record PackageRequest
{
    /// <summary>Id of the package: a-z, 0-9 and '-', at most 64.</summary>
    public required string Id { get; init; }

    /// <summary>执法活动或者案件名称.</summary>
    public string Title { get; init; } = "";

    /// <summary>标号.</summary>
    public string Number { get; init; } = "";

    /// <summary>Recordings, whole.</summary>
    public required IReadOnlyList<PackagedRecording> Recordings { get; init; }

    /// <summary>Agency, as on its seal.</summary>
    public string Agency { get; init; } = "";

    /// <summary>制作单位.</summary>
    public string Unit { get; init; } = "";

    /// <summary>制作人.</summary>
    public string Maker { get; init; } = "";

    /// <summary>提取人.</summary>
    public string Extractor { get; init; } = "";

    /// <summary>提取时间; also 制作时间.</summary>
    public DateTimeOffset ExtractedAt { get; init; }

    /// <summary>电子数据来源.</summary>
    public string Source { get; init; } = "";

    /// <summary>证明对象.</summary>
    public string Proves { get; init; } = "";

    /// <summary>执法人员姓名（执法证号）.</summary>
    public IReadOnlyList<string> Officers { get; init; } = [];

    /// <summary>摄录人员姓名.</summary>
    public string RecordedBy { get; init; } = "";

    /// <summary>地点.</summary>
    public string Place { get; init; } = "";

    /// <summary>设备品牌型号.</summary>
    public string BrandModel { get; init; } = "";

    /// <summary>说明.</summary>
    public string Explanation { get; init; } = "";

    /// <summary>保管链: acts that speak of the recordings, oldest first.</summary>
    public IReadOnlyList<CustodyLine> Custody { get; init; } = [];

    /// <summary>Notes of older checkpoints that somebody else keeps: the package proves that its log continues each.</summary>
    public IReadOnlyList<byte[]> OlderCheckpoints { get; init; } = [];

    /// <summary>True to add a viewing copy of each recording, marked as no original; needs ffmpeg.</summary>
    public bool WithDerivatives { get; init; }

    /// <summary>Sidecar files (classification, notes) by name: a-z, 0-9, '-', '.', ending in .json; UTF-8 JSON.</summary>
    public IReadOnlyDictionary<string, string> Sidecars { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
}

/// <summary>One line of the custody report.</summary>
/// <param name="Sequence">Leaf of the log.</param>
/// <param name="At">When.</param>
/// <param name="Act">What.</param>
/// <param name="By">Who.</param>
/// <param name="Reason">Why.</param>
/// <param name="Cites">By which article.</param>
public sealed record CustodyLine(long Sequence, DateTimeOffset At, string Act, string By, string Reason, IReadOnlyList<string> Cites);
