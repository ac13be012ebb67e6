using BodyCam.Rules.Continuity;

namespace BodyCam.Timeline;

/// <summary>What a data folder has of one activity of one recorder and epoch.</summary>
/// <param name="Track">Input of the ledger.</param>
/// <param name="Marks">Journal lines of the activity that people look for: notice, key shots, obstruction, warnings, clock steps, faults.</param>
/// <param name="Remarks">What was damaged, missing or contradictory, for people.</param>
public sealed record ActivityTimeline(RecorderTrack Track, IReadOnlyList<JournalEntry> Marks, IReadOnlyList<string> Remarks);
