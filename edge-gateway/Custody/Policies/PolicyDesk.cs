using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using BodyCam.Custody.Acts;
using BodyCam.Rules.Policies;
using BodyCam.Rules.Policies.Reading;

namespace BodyCam.Custody.Policies;

/// <summary>Notes what rules the gateway works by. A change is previewed with <c>bodycam policy preview</c>, made by a file and a start, and noted here; nobody applies one unseen.</summary>
public static class PolicyDesk
{
    /// <summary>Notes every policy that is new, changed or gone since the last start; nothing is put when all are as they were.</summary>
    public static Outcome<PolicyRead> Read(Draft draft, IReadOnlyList<PolicySet> policies)
    {
        ArgumentNullException.ThrowIfNull(draft);
        ArgumentNullException.ThrowIfNull(policies);
        if (policies.Count == 0)
            return Refusal.Invalid("no_policy", "没有制度配置。请将制度文件放入 policies 文件夹。");
        var words = new List<string>();
        var known = draft.List<PolicyRead>("present", "yes");
        var read = policies.OrderBy(static set => set.Id, StringComparer.Ordinal).ThenBy(static set => set.Version).Select(Of).ToList();
        foreach (var policy in read)
        {
            var before = draft.Find<PolicyRead>(policy.Id);
            if (before == policy)
                continue;
            var older = before is { IsPresent: true } ? before : known.Where(one => one.PolicyId == policy.PolicyId && one.Version < policy.Version).MaxBy(static one => one.Version);
            words.Add(Words(policy, before, older));
            draft.Put(policy);
        }

        foreach (var gone in known.Where(one => read.All(policy => policy.Id != one.Id)))
        {
            words.Add(string.Create(CultureInfo.InvariantCulture, $"{gone.PolicyId} 第 {gone.Version} 版不再使用"));
            draft.Put(gone with { IsPresent = false });
        }

        draft.Reason = string.Join("；", words);
        return read[0];
    }

    private static string Words(PolicyRead policy, PolicyRead? before, PolicyRead? older)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{policy.PolicyId} 第 {policy.Version} 版{(before is { IsPresent: true } ? "内容有变" : "启用")}，自 {policy.EffectiveFrom:yyyy-MM-dd} 起，保存期限 {policy.RetentionMonths} 个月");
        return older is not null && older.RetentionMonths > policy.RetentionMonths
            ? text + string.Create(CultureInfo.InvariantCulture, $"（由 {older.RetentionMonths} 个月缩短：此前已存的仍按原定日期保存）")
            : text;
    }

    private static PolicyRead Of(PolicySet set) => new(
        string.Create(CultureInfo.InvariantCulture, $"{set.Id}.{set.Version}"), set.Id, set.Version, set.EffectiveFrom, set.EffectiveTo, set.Parent, set.Rules.Retention.Months,
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(set, PolicyJson.Options))), IsPresent: true);
}
