using BodyCam.Core;

namespace BodyCam.Rules.Continuity;

/// <summary>The words of InterruptionReason (REQUIREMENTS, vocabulary) and what a recorder's stop reason means among them.</summary>
public static class InterruptionReasons
{
    /// <summary>设备故障、损坏.</summary>
    public const string DeviceFault = "device_fault";

    /// <summary>电量不足.</summary>
    public const string LowBattery = "low_battery";

    /// <summary>存储空间不足.</summary>
    public const string LowStorage = "low_storage";

    /// <summary>天气情况恶劣.</summary>
    public const string Weather = "weather";

    /// <summary>检查场所变化 (001·11).</summary>
    public const string SiteChange = "site_change";

    /// <summary>现场有关人员阻挠 (002·13).</summary>
    public const string Obstruction = "obstruction";

    /// <summary>其他客观原因.</summary>
    public const string OtherObjective = "other_objective";

    /// <summary>The word for a stop reason (storage format §3); null for those that interrupt nothing (none, activity ended, epoch changed).</summary>
    public static string? Of(StopReason reason) => reason switch
    {
        StopReason.DeviceFault or StopReason.PowerLost or StopReason.CardFault or StopReason.CameraFault => DeviceFault,
        StopReason.LowBattery => LowBattery,
        StopReason.LowStorage => LowStorage,
        StopReason.Weather => Weather,
        StopReason.SiteChange => SiteChange,
        StopReason.Obstruction => Obstruction,
        StopReason.OtherObjective => OtherObjective,
        _ => null,
    };

    /// <summary>The reason in Chinese, for people; an unknown word comes back as it is.</summary>
    public static string Name(string? reason) => reason switch
    {
        DeviceFault => "设备故障、损坏",
        LowBattery => "电量不足",
        LowStorage => "存储空间不足",
        Weather => "天气情况恶劣",
        SiteChange => "检查场所变化",
        Obstruction => "现场有关人员阻挠",
        OtherObjective => "其他客观原因",
        "force_majeure" => "其他不可抗力因素",
        "explosive_area" => "易燃易爆场所",
        "secret_or_privacy" => "涉及国家秘密、商业秘密或者个人隐私",
        "urgent" => "紧急情况",
        "person_requested" => "举报人、证人、被害人等明确要求",
        "covert" => "采取暗访手段",
        "public_transport" => "在公共交通工具上无法使用",
        "unsuitable" => "其他不适宜采取音像记录",
        null => "原因不明",
        _ => reason,
    };
}
