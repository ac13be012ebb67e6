namespace BodyCam.Custody.Acts;

/// <summary>Why something was not done.</summary>
public enum RefusalKind
{
    /// <summary>The person may not do it.</summary>
    NotAllowed,

    /// <summary>It does not exist.</summary>
    NotFound,

    /// <summary>What was given cannot be used.</summary>
    Invalid,

    /// <summary>The present state does not allow it.</summary>
    Conflict,

    /// <summary>A rule forbids it; the article is named.</summary>
    Rule,
}

/// <summary>A refusal: nothing was changed.</summary>
/// <param name="Kind">Kind.</param>
/// <param name="Code">Stable code, <c>snake_case</c>.</param>
/// <param name="Message">For people, in Chinese or English; ends with the next action.</param>
/// <param name="Cites">Articles with the policy's id, such as <c>qidong 12(六)</c>.</param>
public sealed record Refusal(RefusalKind Kind, string Code, string Message, IReadOnlyList<string> Cites)
{
    /// <summary>It does not exist.</summary>
    public static Refusal NotFound(string kind, string id) => new(RefusalKind.NotFound, kind + "_not_found", $"没有{Nouns.Of(kind)} “{id}”。请先登记，或核对编号。", []);

    /// <summary>What was given cannot be used.</summary>
    public static Refusal Invalid(string code, string message) => new(RefusalKind.Invalid, code, message, []);

    /// <summary>The present state does not allow it.</summary>
    public static Refusal Conflict(string code, string message) => new(RefusalKind.Conflict, code, message, []);

    /// <summary>A rule forbids it.</summary>
    public static Refusal ByRule(string code, string message, params IReadOnlyList<string> cites) => new(RefusalKind.Rule, code, message, cites);

    /// <summary>The person may not do it.</summary>
    public static Refusal NotAllowed(string message, params IReadOnlyList<string> cites) => new(RefusalKind.NotAllowed, "not_allowed", message, cites);
}

/// <summary>A value, or why there is none.</summary>
/// <typeparam name="T">Of the value.</typeparam>
public readonly struct Outcome<T>
    where T : class
{
    private Outcome(T? value, Refusal? refusal) => (Value, Refusal) = (value, refusal);

    /// <summary>The value; null when refused.</summary>
    public T? Value { get; }

    /// <summary>The refusal; null when done.</summary>
    public Refusal? Refusal { get; }

    /// <summary>True when done.</summary>
    [System.Diagnostics.CodeAnalysis.MemberNotNullWhen(true, nameof(Value))]
    [System.Diagnostics.CodeAnalysis.MemberNotNullWhen(false, nameof(Refusal))]
    public bool IsDone => Refusal is null;

    /// <summary>Done.</summary>
    public static implicit operator Outcome<T>(T value) => new(value, null);

    internal static Outcome<T> Done(T value) => new(value, null);

    /// <summary>Refused.</summary>
    public static implicit operator Outcome<T>(Refusal refusal) => new(null, refusal);
}

/// <summary>Outcomes of values for which no conversion can be declared: interfaces.</summary>
public static class Outcome
{
    /// <summary>Done.</summary>
    public static Outcome<T> Of<T>(T value)
        where T : class => Outcome<T>.Done(value);
}
