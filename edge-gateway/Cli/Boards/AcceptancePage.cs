using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

namespace BodyCam.Cli.Boards;

/// <summary>The acceptance sheet for people: one print page in Chinese and English, nothing from outside, every value encoded.</summary>
internal static class AcceptancePage
{
    private const string Style = """
        @page { size: A4; margin: 18mm; }
        * { box-sizing: border-box; }
        body { font: 11pt/1.5 "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; color: #111; max-width: 174mm; margin: 0 auto; }
        h1 { font-size: 19pt; margin: 0 0 1mm; }
        .verdict { font-size: 14pt; font-weight: bold; padding: 3mm 4mm; border: 2px solid #111; margin: 5mm 0; }
        table { border-collapse: collapse; width: 100%; margin: 4mm 0; }
        th, td { border: 1px solid #777; padding: 1.6mm 2.4mm; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
        th { font-weight: normal; background: #f1f1f1; }
        td.figure { text-align: right; white-space: nowrap; }
        tr.failed td { font-weight: bold; }
        .sign { display: flex; gap: 12mm; margin-top: 12mm; }
        .sign div { flex: 1; border-bottom: 1px solid #111; min-height: 14mm; }
        code { font: 9pt/1.4 monospace; overflow-wrap: anywhere; }
        .small { font-size: 9pt; color: #333; }
        """;

    private static readonly Dictionary<string, string> names = new(StringComparer.Ordinal)
    {
        ["camera"] = "摄像头 Camera", ["microphone"] = "麦克风 Microphone", ["cardWrite"] = "存储卡写入 Card, write", ["cardRead"] = "存储卡读回 Card, read back", ["clock"] = "时钟 Clock", ["gauge"] = "电量计 Fuel gauge",
        ["recordButton"] = "录像键 Record button", ["noteButton"] = "备注键 Note button", ["recordLed"] = "录像灯 Record light", ["statusLed"] = "状态灯 Status light", ["buzzer"] = "蜂鸣器 Buzzer",
        ["wifi"] = "无线信号 Wi-Fi", ["gateway"] = "网关 Gateway", ["heap"] = "内存 Heap", ["psram"] = "外部内存 PSRAM",
    };

    /// <summary>The page.</summary>
    /// <param name="sheet">The signed JSON text.</param>
    /// <param name="signature">Its signature, base64.</param>
    /// <param name="name">File name of the JSON, without its ending.</param>
    public static string Of(string sheet, string signature, string name)
    {
        using var document = JsonDocument.Parse(sheet);
        var said = document.RootElement;
        string Value(string key) => said.GetProperty(key).ToString();
        var verdict = Value("verdict") switch
        {
            "passed" => "合格 Passed",
            "passed_with_warnings" => "合格，有提示 Passed with warnings",
            "failed" => "不合格 Failed",
            _ => $"不完整 Incomplete：{string.Join("、", said.GetProperty("missing").EnumerateArray().Select(static item => NameOf(item.GetString()!)))}",
        };
        var page = new StringBuilder("<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n");
        page.Append(CultureInfo.InvariantCulture, $"<title>{Text(Value("device"))}</title>\n<style>\n{Style}\n</style>\n</head>\n<body>\n<h1>记录仪验收单 Acceptance sheet</h1>\n<p class=\"verdict\">{Text(verdict)}</p>\n<table>\n");
        foreach (var (label, value) in new[] { ("设备 Recorder", Value("device")), ("周期 Epoch", Value("epoch")), ("板型 Board", Value("board")), ("测试人 Technician", Value("technician")), ("开始 Started", Value("startedAt")), ("结束 Ended", Value("endedAt")), ("备注 Remark", Value("remark")) })
            page.Append(CultureInfo.InvariantCulture, $"<tr><th>{label}</th><td>{Text(value)}</td></tr>\n");
        page.Append("</table>\n<table>\n<tr><th>项目 Item</th><th>结果 Result</th><th>数值 Figure</th><th>说明 Words</th></tr>\n");
        foreach (var item in said.GetProperty("items").EnumerateArray())
        {
            var grade = item.GetProperty("grade").GetInt32();
            page.Append(CultureInfo.InvariantCulture, $"<tr class=\"{(grade == 2 ? "failed" : "")}\"><td>{Text(NameOf(item.GetProperty("item").GetString()!))}</td><td>{(grade == 0 ? "通过 passed" : grade == 1 ? "提示 warned" : "未通过 failed")}</td><td class=\"figure\">{item.GetProperty("figure").GetInt64():N0} {Text(item.GetProperty("unit").GetString()!)}</td><td>{Text(item.GetProperty("text").GetString()!)}</td></tr>\n");
        }

        page.Append("</table>\n<div class=\"sign\"><div>测试人签名 Technician</div><div>领用人签名 Received by</div><div>日期 Date</div></div>\n");
        page.Append(CultureInfo.InvariantCulture, $"<p class=\"small\">网关签名 Signed by gateway key {Text(Value("gatewayKeyId"))}，{Text(Value("signedAt"))}。核对 To check, with gateway.pem kept elsewhere:<br><code>openssl dgst -sha256 -verify gateway.pem -signature {Text(name)}.sig {Text(name)}.json</code><br><code>{Text(signature)}</code></p>\n</body>\n</html>\n");
        return page.ToString();
    }

    private static string NameOf(string item) => names.GetValueOrDefault(item, item);

    private static string Text(string value) => WebUtility.HtmlEncode(value);
}
