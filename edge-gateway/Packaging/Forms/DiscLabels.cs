using System.Globalization;
using System.Text;
using BodyCam.Rules.Policies;

namespace BodyCam.Packaging.Forms;

/// <summary>Labels of the discs (K3), one for each copy (一式两份) of each disc.</summary>
internal static class DiscLabels
{
    /// <summary>What the agency's article puts on a disc; null when it asks for no label.</summary>
    public static DiscLabel? Of(PolicySet? policy, FormValues values) =>
        policy?.Rules.Media is { LabelFields.Count: > 0 } media
            ? new DiscLabel($"《{policy.Title}》{Html.Articles(media.Cites)}", media.Copies, [.. media.LabelFields.Select(values.Of).Select(static field => new LabelRow(field.Label, field.Value))])
            : null;

    /// <summary>The sheet.</summary>
    /// <param name="label">Fields and copies.</param>
    /// <param name="packageId">Package.</param>
    /// <param name="discs">Discs of a copy; 0 while that is not known: then the disc's number is left to be filled in.</param>
    public static string Page(DiscLabel label, string packageId, int discs)
    {
        var body = new StringBuilder($"<h1>光盘标签</h1>\n<p class=\"cite\">依据{Html.Text(label.Basis)}，一式{label.Copies.ToString(CultureInfo.InvariantCulture)}份</p>\n");
        for (var copy = 1; copy <= label.Copies; copy++)
        {
            for (var disc = 1; disc <= Math.Max(1, discs); disc++)
            {
                body.Append("<div class=\"label\"><table>\n");
                foreach (var row in label.Rows)
                    body.AppendLine(Html.Row(row.Name, row.Value));
                body.AppendLine(Html.Row("份次", string.Create(CultureInfo.InvariantCulture, $"第 {copy} 份，共 {label.Copies} 份")));
                if (discs > 0)
                    body.AppendLine(Html.Row("盘号", string.Create(CultureInfo.InvariantCulture, $"第 {disc} 张，共 {discs} 张")));
                body.AppendLine(Html.Row("证据包编号", packageId)).AppendLine("</table></div>");
            }
        }

        return Html.Page("光盘标签", body.ToString());
    }
}
