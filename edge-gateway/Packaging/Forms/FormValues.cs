using System.Globalization;

namespace BodyCam.Packaging.Forms;

/// <summary>What a form's fields say; empty means a line to fill in by hand.</summary>
internal sealed class FormValues(PackageRequest request, RecordingFacts facts)
{
    private static readonly TimeSpan zone = TimeSpan.FromHours(8);

    public PackageRequest Request => request;

    /// <summary>Label and value of a field of the policy model; the label is the regulation's word.</summary>
    public (string Label, string Value) Of(string field) => field switch
    {
        "maker" => ("制作人", request.Maker),
        "extractor" => ("提取人", request.Extractor),
        "extracted_at" => ("提取时间", Show(request.ExtractedAt)),
        "source" => ("电子数据来源", request.Source),
        "proves" => ("证明对象", request.Proves),
        "officers" => ("执法人员姓名", string.Join("、", request.Officers)),
        "recorded_by" => ("摄录人员姓名", request.RecordedBy),
        "recorded_from_to" => ("摄录起止时间", facts.From is { } from && facts.To is { } to ? $"{Show(from)} 至 {Show(to)}（{(facts.ErrorBoundUs is { } bound ? string.Create(CultureInfo.InvariantCulture, $"误差不超过 {bound / 1e6:F2} 秒") : "时钟未校准，误差不明")}）" : ""),
        "place" => ("地点", request.Place),
        "brand_model" => ("所用录音录像设备的品牌型号", string.IsNullOrEmpty(request.BrandModel) ? "" : $"{request.BrandModel}（{string.Join("、", facts.Devices)}）"),
        "format" => ("录音录像格式", "Matroska（.mkv），MJPEG 图像，PCM 声音"),
        "length" => ("录音录像长度", Length(facts.RecordedUs)),
        "explanation" => ("说明", request.Explanation),
        "made_by_unit" => ("制作单位", request.Unit),
        "made_by" => ("制作人", request.Maker),
        "made_at" => ("制作时间", Show(request.ExtractedAt)),
        "title" => ("执法活动或者案件名称", request.Title),
        "number" => ("标号", request.Number),
        _ => (field, ""),
    };

    private static string Show(DateTimeOffset at) => at == default ? "" : at.ToOffset(zone).ToString("yyyy年M月d日 HH:mm:ss", CultureInfo.InvariantCulture);

    private static string Length(long us)
    {
        var whole = TimeSpan.FromMicroseconds(us);
        return string.Create(CultureInfo.InvariantCulture, $"{(int)whole.TotalHours:D2}:{whole.Minutes:D2}:{whole.Seconds:D2}");
    }
}
