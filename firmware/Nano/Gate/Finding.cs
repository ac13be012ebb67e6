namespace BodyCam.Nano.Gate;

/// <summary>One thing in compiled firmware that must not reach a board.</summary>
/// <param name="Rule">Stable id from <see cref="GateRules"/>.</param>
/// <param name="Member">Type or method, as <c>Namespace.Type::Method</c>.</param>
/// <param name="Message">What is wrong, and what to write instead.</param>
public sealed record Finding(string Rule, string Member, string Message)
{
    /// <summary>One line for the console.</summary>
    public override string ToString() => $"{Rule} {Member}: {Message}";
}
