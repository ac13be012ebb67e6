using System.Globalization;
using System.Text.Json.Serialization;

namespace BodyCam.Rules.Deadlines;

/// <summary>How a clock stepped. Kept in files: values are only added.</summary>
public enum ClockStepKind
{
    /// <summary>The wall clock went ahead of the time that passed.</summary>
    Forwards = 1,

    /// <summary>The wall clock fell behind the time that passed.</summary>
    Backwards = 2,

    /// <summary>After a restart the wall clock shows less than was seen before it.</summary>
    BackwardsAcrossRestart = 3,

    /// <summary>After a restart so much more time is shown than before it that a person has to say whether the machine was off that long.</summary>
    LongAway = 4,

    /// <summary>The guard's own state cannot be read: nothing is known of before.</summary>
    StateUnreadable = 5,
}

/// <summary>A step of the gateway's wall clock that nobody has confirmed.</summary>
/// <param name="Kind">The first step's kind.</param>
/// <param name="Expected">What the wall clock should have shown at the first step: at the least, for a restart.</param>
/// <param name="Seen">What it showed at the newest step.</param>
/// <param name="Count">Steps since the last confirmation.</param>
public sealed record ClockStep(ClockStepKind Kind, DateTimeOffset Expected, DateTimeOffset Seen, int Count)
{
    /// <summary>Words in Chinese; they end with what to do.</summary>
    [JsonIgnore]
    public string Words
    {
        get
        {
            var (expected, seen) = (AgencyTime.Words(Expected), AgencyTime.Words(Seen));
            var again = Count > 1 ? string.Create(CultureInfo.InvariantCulture, $"此后又有 {Count - 1} 次跳变。") : "";
            var what = Kind switch
            {
                ClockStepKind.Forwards => $"站点时钟向前跳变：应为 {expected}，显示为 {seen}。",
                ClockStepKind.Backwards => $"站点时钟向后跳变：应为 {expected}，显示为 {seen}。",
                ClockStepKind.BackwardsAcrossRestart => $"重新启动后站点时钟早于此前已记录的时间：不应早于 {expected}，显示为 {seen}。",
                ClockStepKind.LongAway => $"重新启动后站点时钟比此前记录的 {expected} 晚得多，显示为 {seen}。",
                _ => $"时钟守护的记录无法读取，不能判断时钟是否跳变，现显示为 {seen}。",
            };
            return what + again + "到期提示和清除一律暂停。请核对站点时间，由负责人确认后恢复。";
        }
    }
}

/// <summary>What the guard remembers across restarts; about 400 bytes as JSON.</summary>
public sealed record ClockGuardState
{
    /// <summary>Run of the machine in which the other readings were taken.</summary>
    public required string BootId { get; init; }

    /// <summary>Last reading of the boot clock.</summary>
    public required TimeSpan SinceBoot { get; init; }

    /// <summary>Wall time at that reading.</summary>
    public required DateTimeOffset Wall { get; init; }

    /// <summary>Reading of the boot clock since which the wall clock has not stepped.</summary>
    public required TimeSpan AnchorSinceBoot { get; init; }

    /// <summary>Wall time at the anchor.</summary>
    public required DateTimeOffset AnchorWall { get; init; }

    /// <summary>Step that waits for a person; null for none.</summary>
    public ClockStep? Pending { get; init; }
}

/// <summary>What a store had.</summary>
/// <param name="State">The state; null when there was none or it cannot be read.</param>
/// <param name="IsUnreadable">True when there is something that cannot be read.</param>
public sealed record ClockGuardStored(ClockGuardState? State, bool IsUnreadable);

/// <summary>Keeps the guard's state.</summary>
public interface IClockGuardStore
{
    /// <summary>Reads it.</summary>
    /// <exception cref="IOException">The medium failed.</exception>
    ClockGuardStored Read();

    /// <summary>The state is durable afterwards, or the one before it stands.</summary>
    /// <exception cref="IOException">Nothing is known of which of the two stands.</exception>
    void Write(ClockGuardState state);
}

/// <summary>JSON of the guard's state.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, RespectNullableAnnotations = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(ClockGuardState))]
internal sealed partial class ClockGuardJson : JsonSerializerContext;
