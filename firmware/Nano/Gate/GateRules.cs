namespace BodyCam.Nano.Gate;

/// <summary>Ids of the rules.</summary>
public static class GateRules
{
    /// <summary>A generic type or method, declared or used.</summary>
    public const string Generic = "generic";

    /// <summary>An array of more than one dimension.</summary>
    public const string MultiDimensionalArray = "array-rank";

    /// <summary>An interface method with a body.</summary>
    public const string DefaultInterfaceMethod = "interface-body";

    /// <summary>stackalloc.</summary>
    public const string StackAlloc = "stackalloc";

    /// <summary>An enum turned into text.</summary>
    public const string EnumToString = "enum-text";

    /// <summary>A SpanByte that native transfers cannot take.</summary>
    public const string SpanTooLong = "span-length";

    /// <summary>Time, sleep or timed wait outside the clock file.</summary>
    public const string Clock = "clock";

    /// <summary>An HMACSHA256 instance.</summary>
    public const string HmacInstance = "hmac-instance";

    /// <summary>A library member that looks usable and is a trap on the chip.</summary>
    public const string TrapCall = "trap-call";

    /// <summary>An array beyond the chip's largest object.</summary>
    public const string LargeArray = "array-size";

    /// <summary>A thread, timer or event entry from which an exception can escape.</summary>
    public const string UnguardedEntry = "entry-unguarded";

    /// <summary>An entry whose catch block leaves no trace in a release build.</summary>
    public const string SilentCatch = "entry-silent";

    /// <summary>An allocation on the frame path.</summary>
    public const string FrameAllocation = "frame-allocation";

    /// <summary>A call on the frame path that cannot be followed.</summary>
    public const string FrameDelegate = "frame-delegate";
}
