using BodyCam.Rules.Deadlines;

namespace BodyCam.Custody.Clocks;

/// <summary>Something that somebody is to do, with its clock.</summary>
/// <param name="Kind">What: <c>upload</c>, <c>classify</c>, <c>case_file</c>, <c>work_record</c>, <c>work_record_review</c>, <c>access_request</c>, <c>acknowledge_report</c>, <c>confirm_note</c>, <c>written_account</c>, <c>supervision</c>, <c>correction</c>, <c>approve_purge</c>.</param>
/// <param name="Subject"><c>kind/id</c>.</param>
/// <param name="Who">Who is to do it, in words.</param>
/// <param name="State">Where its clock stands.</param>
/// <param name="Due">End; null without a figure.</param>
/// <param name="Words">In words, with how it was counted.</param>
/// <param name="Cites">Articles with the policy's id.</param>
public sealed record CustodyTask(string Kind, string Subject, string Who, DeadlineState State, DateTimeOffset? Due, string Words, IReadOnlyList<string> Cites);
