using System.Globalization;
using System.Text;

namespace BodyCam.Packaging.Forms;

/// <summary>保管链: every act that speaks of the recordings.</summary>
internal static class CustodyPage
{
    public static string Page(PackageRequest request)
    {
        var body = new StringBuilder($"<h1>保管链</h1>\n<p class=\"cite\">证据包 {Html.Text(request.Id)}</p>\n<table>\n<tr><th style=\"width:18mm\">序号</th><th style=\"width:42mm\">时间</th><th style=\"width:38mm\">行为</th><th style=\"width:24mm\">人员</th><td>原因与依据</td></tr>\n");
        foreach (var line in request.Custody)
        {
            body.Append(CultureInfo.InvariantCulture, $"<tr><td>{line.Sequence}</td><td>{line.At.ToOffset(TimeSpan.FromHours(8)):yyyy-MM-dd HH:mm:ss}</td><td>{Html.Text(line.Act)}</td><td>{Html.Text(line.By)}</td><td>{Html.Text(line.Reason)}{(line.Cites.Count > 0 ? $"（{Html.Text(string.Join("、", line.Cites))}）" : "")}</td></tr>\n");
        }

        return Html.Page("保管链", body.Append("</table>").ToString());
    }
}
