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
        if (DiscLabels.Of(policy, values) is { } label)
            yield return ("disc-labels.html", DiscLabels.Page(label, request.Id, 0));
        yield return ("custody.html", CustodyPage.Page(request));
    }
}
