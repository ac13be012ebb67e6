using System.Text;
using BodyCam.Rules.Policies;

namespace BodyCam.Packaging.Forms;

/// <summary>The note that goes with evidence (L1–L4): the fields of the agency's article, in its order.</summary>
internal static class EvidenceNoteForm
{
    public static string Page(PolicySet policy, EvidenceNoteRule note, FormValues values)
    {
        var body = new StringBuilder($"<h1>视听资料证据说明</h1>\n<p class=\"cite\">依据《{Html.Text(policy.Title)}》{Html.Text(Html.Articles(note.Cites))}</p>\n<table>\n");
        body.AppendLine(Html.Row("材料名称", values.Request.Title)).AppendLine(Html.Row("证据包编号", values.Request.Id));
        foreach (var field in note.Fields)
        {
            var (label, value) = values.Of(field);
            body.AppendLine(Html.Row(label, value));
        }

        body.AppendLine("</table>");
        if (note.Signatures.Count > 0)
            body.Append("<div class=\"sign\">").Append(string.Concat(note.Signatures.Select(static signature => $"<div>{Word(signature)}</div>"))).AppendLine("</div>");
        body.Append("<p class=\"small\">原始文件未经剪辑、修改；核对方法见证据包内 VERIFY.md。本页空白处由人手工填写。</p>");
        return Html.Page("视听资料证据说明", body.ToString());
    }

    private static string Word(string signature) => signature switch { "officer" => "执法人员签名：", "leader" => "本单位领导签字：", "agency_seal" => "加盖本单位印章：", _ => signature + "：" };
}
