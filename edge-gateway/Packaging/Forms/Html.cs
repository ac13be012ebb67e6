using System.Net;
using System.Text;

namespace BodyCam.Packaging.Forms;

/// <summary>Print pages that need nothing from outside: one file, inline style, no script; every value is encoded.</summary>
internal static class Html
{
    private const string Style = """
        @page { size: A4; margin: 22mm 20mm; }
        * { box-sizing: border-box; }
        body { font: 12pt/1.7 "FangSong", "STFangsong", "Noto Serif CJK SC", serif; color: #000; background: #fff; max-width: 170mm; margin: 0 auto; }
        h1 { font: bold 20pt/1.4 "SimHei", "Noto Sans CJK SC", sans-serif; text-align: center; margin: 0 0 2mm; }
        .cite { text-align: center; font-size: 10pt; margin: 0 0 8mm; }
        table { border-collapse: collapse; width: 100%; }
        th, td { border: 1px solid #000; padding: 2.4mm 3mm; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
        th { width: 46mm; font-weight: normal; background: #f2f2f2; }
        td.empty { height: 12mm; }
        .sign { display: flex; gap: 10mm; margin-top: 14mm; }
        .sign div { flex: 1; border-bottom: 1px solid #000; min-height: 16mm; }
        .label { border: 1px dashed #000; padding: 6mm; margin: 0 0 10mm; break-inside: avoid; }
        .small { font-size: 9.5pt; color: #333; margin-top: 8mm; }
        """;

    public static string Text(string value) => WebUtility.HtmlEncode(value);

    /// <summary>Articles as they are read: <c>12(四)</c> is 第12条(四).</summary>
    public static string Articles(IEnumerable<string> cites) => string.Join("、", cites.Select(static cite => cite.IndexOf('(', StringComparison.Ordinal) is > 0 and var item ? $"第{cite[..item]}条{cite[item..]}" : $"第{cite}条"));

    public static string Page(string title, string body) => new StringBuilder()
        .Append("<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<title>")
        .Append(Text(title)).Append("</title>\n<style>\n").Append(Style).Append("\n</style>\n</head>\n<body>\n").Append(body).Append("\n</body>\n</html>\n").ToString();

    public static string Row(string label, string value) =>
        value.Length == 0 ? $"<tr><th>{Text(label)}</th><td class=\"empty\" data-field=\"empty\"></td></tr>" : $"<tr><th>{Text(label)}</th><td data-field=\"filled\">{Text(value)}</td></tr>";
}
