using BodyCam.Rules.Policies;

namespace BodyCam.Custody.Acts;

/// <summary>The one Chinese noun of each kind, role and rank, for what people read.</summary>
public static class Nouns
{
    private static readonly Dictionary<string, string> kinds = new(StringComparer.Ordinal)
    {
        ["policy"] = "制度配置", ["agency"] = "执法机关", ["unit"] = "单位", ["officer"] = "执法人员", ["training"] = "培训", ["recorder"] = "执法记录仪", ["assignment"] = "领用", ["incident"] = "设备事项", ["pre_use_check"] = "使用前检查",
        ["activity"] = "执法活动", ["site_visit"] = "到场", ["interruption"] = "中断", ["linked_source"] = "关联资料", ["stop_use"] = "停止使用", ["work_record"] = "工作记录", ["recording"] = "视音频记录", ["segment"] = "分段",
        ["case"] = "案件", ["hold"] = "长期保存", ["media"] = "光盘或硬盘", ["evidence_package"] = "证据包", ["access_request"] = "查阅申请", ["register_entry"] = "查阅登记",
        ["check"] = "检查", ["correction"] = "整改", ["lead"] = "违规线索",
    };

    /// <summary>Noun of a kind; the kind itself when it has none.</summary>
    public static string Of(string kind) => kinds.GetValueOrDefault(kind, kind);

    /// <summary>Noun of a role.</summary>
    public static string Of(Role role) => role switch
    {
        Role.Officer => "执法人员",
        Role.Custodian => "执法记录仪管理员",
        Role.Collector => "信息采集员",
        Role.Archivist => "档案人员",
        Role.Legal => "法制机构",
        Role.Technician => "技术人员",
        Role.Administrator => "系统管理员",
        Role.Auditor => "审计人员",
        _ => "网关",
    };

    /// <summary>Noun of a rank; empty for none.</summary>
    public static string Of(Rank rank) => rank switch
    {
        Rank.UnitHead => "部门负责人",
        Rank.LeaderInCharge => "分管领导",
        Rank.MainLeader => "主要领导",
        _ => "",
    };
}
