namespace BodyCam.VirtualBoard;

/// <summary>How virtual time relates to real time.</summary>
public sealed class Pace
{
    private Pace(double factor) => Factor = factor;

    /// <summary>Discrete events: when every firmware thread waits, time jumps to the next deadline. Deterministic for one seed as long as no real socket is used.</summary>
    /// <remarks>A free-running board (<see cref="BoardOptions.Stepped"/> false) rushes through idle hours in moments; for a person to watch, use <see cref="Real"/>. While real network I/O is under way or was active a moment ago (<see cref="BoardOptions.NetworkQuiet"/>, <see cref="BoardOptions.AnswerGrace"/>), time advances at real pace only, so that a PUBACK time-out does not fire before a living peer had its chance.</remarks>
    public static Pace Jump { get; } = new(0);

    /// <summary>Virtual time = real time × <paramref name="factor"/>; waits and costs are real waits of dt / factor.</summary>
    /// <param name="factor">Greater than 0; 1 is real time.</param>
    public static Pace Real(double factor)
    {
        if (!(factor > 0) || double.IsInfinity(factor)) throw new ArgumentOutOfRangeException(nameof(factor), "Give a pace factor greater than 0, such as 1.");
        return new Pace(factor);
    }

    /// <summary>Virtual seconds per real second; 0 for <see cref="Jump"/>.</summary>
    public double Factor { get; }

    /// <summary>True for <see cref="Jump"/>.</summary>
    public bool IsJump => Factor == 0;
}
