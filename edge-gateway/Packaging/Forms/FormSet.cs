using BodyCam.Rules.Policies;

namespace BodyCam.Packaging.Forms;

/// <summary>The forms of a package: which ones, and filled from what.</summary>
internal static class FormSet
{
    /// <summary>File names and pages.</summary>
    public static IEnumerable<(string Name, string Html)> Of(PackageRequest request, RecordingFacts facts, PolicySet? policy)
    {
        var values = new FormValues(request, facts);
        if (policy?.Rules.EvidenceNote is { } note)
            yield return ("evidence-note.html", EvidenceNoteForm.Page(policy, note, values));
        if (policy?.Rules.Media is { LabelFields.Count: > 0 } media)
            yield return ("disc-labels.html", DiscLabels.Page(policy, media, values));
        yield return ("custody.html", CustodyPage.Page(request));
    }
}
