namespace BodyCam.Fuzz.Tests.Harness;

/// <summary>One parser that reads foreign bytes.</summary>
/// <param name="Name">For the report and for replays.</param>
/// <param name="Corpus">Valid inputs, from which mutations start; at least one.</param>
/// <param name="Parse">What the parser made of the input, null when it refused. Whatever it throws is a finding: documented refusals are caught inside. Time and memory of this are measured.</param>
/// <param name="Check">Holds what was accepted against the input: same bytes or same meaning when written again, nothing verifies that was not in the corpus. Throws when it does not hold; false counts as refused.</param>
internal sealed record FuzzTarget(string Name, IReadOnlyList<byte[]> Corpus, Func<byte[], object?> Parse, Func<byte[], object, bool> Check)
{
    /// <summary>Bytes that may be allocated for each byte of input; with <see cref="AllocatedMax"/> the memory ceiling of one parse.</summary>
    public int AllocatedPerByte { get; init; } = 16;

    /// <summary>Bytes that may be allocated whatever the input.</summary>
    public int AllocatedMax { get; init; } = 16 * 1024;

    /// <summary>Longest input that mutations grow to, in bytes.</summary>
    public int InputBytesMax { get; init; } = 64 * 1024;

    /// <summary>Pieces that the format gives a meaning to; mutations insert them.</summary>
    public IReadOnlyList<byte[]> Words { get; init; } = [];

    /// <summary>True for text, whose numbers and lines are changed as such.</summary>
    public bool IsText { get; init; }

    /// <summary>Inputs of the corpus that the parser is known to refuse, such as findings of earlier runs; the others must be accepted.</summary>
    public IReadOnlyList<byte[]> Hostile { get; init; } = [];

    /// <summary>Inputs that the ordinary run must come to at least.</summary>
    public int RoundsMin { get; init; } = 20;

    /// <inheritdoc/>
    public override string ToString() => Name;
}
