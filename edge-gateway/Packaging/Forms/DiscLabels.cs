using System.Globalization;
using System.Text;
using BodyCam.Rules.Policies;

namespace BodyCam.Packaging.Forms;

/// <summary>Labels of the discs (K3), one for each copy (一式两份).</summary>
internal static class DiscLabels
{
    public static string Page(PolicySet policy, MediaRule media, FormValues values)
    {
        var body = new StringBuilder($"<h1>光盘标签</h1>\n<p class=\"cite\">依据《{Html.Text(policy.Title)}》第{string.Join("、", media.Cites.Select(Html.Text))}条，一式{media.Copies.ToString(CultureInfo.InvariantCulture)}份</p>\n");
        for (var copy = 1; copy <= media.Copies; copy++)
        {
            body.Append("<div class=\"label\"><table>\n");
            foreach (var field in media.LabelFields)
            {
                var (label, value) = values.Of(field);
                body.AppendLine(Html.Row(label, value));
            }

            body.AppendLine(Html.Row("份次", string.Create(CultureInfo.InvariantCulture, $"第 {copy} 份，共 {media.Copies} 份"))).AppendLine(Html.Row("证据包编号", values.Request.Id)).AppendLine("</table></div>");
        }

        return Html.Page("光盘标签", body.ToString());
    }
}
