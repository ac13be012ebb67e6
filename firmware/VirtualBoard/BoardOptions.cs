namespace BodyCam.VirtualBoard;

/// <summary>What a virtual board is made of. Read once by the constructor of <see cref="Board"/>.</summary>
public sealed record BoardOptions
{
    /// <summary>Folder that holds <c>flash</c> (I:) and <c>card</c> (D:); made when missing.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Seed of every random choice: torn writes, button bounce, noise.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>How virtual time runs.</summary>
    public Pace Pace { get; init; } = Pace.Jump;

    /// <summary>True: time moves only inside <see cref="Board.RunUntil"/>, <see cref="Board.RunFor"/> and <see cref="Board.WaitUntil"/> (deterministic tests). False: the board runs by itself.</summary>
    public bool Stepped { get; init; }

    /// <summary>Pins and buses.</summary>
    public BoardProfile Profile { get; init; } = new();

    /// <summary>Prices of native calls; give <see cref="BoardProfile.Costs"/> of a loaded profile here.</summary>
    public CostModel Costs { get; init; } = CostModel.Planning;

    /// <summary>What a perfect clock shows when the board is made.</summary>
    public DateTime StartUtc { get; init; } = new(2026, 3, 2, 0, 30, 0, DateTimeKind.Utc);

    /// <summary>Drift of the chip's crystal in parts per million; positive runs fast.</summary>
    public double CrystalPpm { get; init; }

    /// <summary>Drift of the DS3231 in parts per million; rated ±2.</summary>
    public double RtcPpm { get; init; }

    /// <summary>Whether the DS3231 keeps a set time when the board is first powered; false raises its oscillator-stop flag.</summary>
    public bool RtcSet { get; init; } = true;

    /// <summary>Room on the card in bytes, clusters included.</summary>
    public long CardBytes { get; init; } = 4L << 30;

    /// <summary>Allocation unit of the card in bytes.</summary>
    public int ClusterBytes { get; init; } = 32_768;

    /// <summary>Size of I: in bytes.</summary>
    public long FlashBytes { get; init; } = 256 * 1024;

    /// <summary>Longest time a thread keeps the CLR lock across native calls while others are ready; 20 ms on the chip.</summary>
    public TimeSpan Quantum { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Real time after the last network activity during which <see cref="Pace.Jump"/> runs at real pace.</summary>
    public TimeSpan NetworkQuiet { get; init; } = TimeSpan.FromMilliseconds(30);

    /// <summary>Real time for which a peer may owe an answer to the last bytes sent; until then <see cref="Pace.Jump"/> runs at real pace.</summary>
    public TimeSpan AnswerGrace { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Real time without any simulated call after which a stepped run is given up as hung.</summary>
    public TimeSpan HangGuard { get; init; } = TimeSpan.FromSeconds(60);
}
