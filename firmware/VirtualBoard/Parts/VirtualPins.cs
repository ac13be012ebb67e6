namespace BodyCam.VirtualBoard;

/// <summary>GPIO, PWM and ADC of the chip.</summary>
internal sealed class VirtualPins(Kernel kernel, BoardProfile profile, Timeline timeline, IScheduler scheduler) : IPins
{
    private const int InputOnlyFrom = 34;
    private const int PinMax = 39;

    private readonly Dictionary<int, Pin> _pins = [];
    private readonly Dictionary<int, int> _functions = [];

    private sealed class Pin
    {
        internal int Mode = -1;
        internal bool Output;
        internal bool? Driven;
        internal Action<bool>? OnEdge;
        internal int DebounceMs;
        internal int WatchNumber;
        internal bool Reported;
        internal string Pwm = "";
    }

    /// <summary>Millivolts at an ADC1 channel.</summary>
    internal Func<int, double> AdcMillivolts { get; set; } = _ => 0;

    /// <summary>Level that a part gives to a pin at this instant, for pins that change without being driven (square wave).</summary>
    internal Dictionary<int, Func<bool>> Sources { get; } = [];

    /// <summary>The firmware begins to watch a pin.</summary>
    internal Action<int>? Watched { get; set; }

    /// <summary>Counts by which a reading of the converter is wrong at most, either way.</summary>
    internal int NoiseCounts { get; set; } = 6;

    internal Random Noise { get; } = new(kernel.Options.Seed * 17 + 3);

    private Pin At(int number)
    {
        if (number is < 0 or > PinMax) throw new ArgumentException($"GPIO {number} does not exist. Use 0 to {PinMax}.");
        if (!_pins.TryGetValue(number, out Pin? pin)) _pins[number] = pin = new Pin();
        return pin;
    }

    internal void ResetNeedsLock()
    {
        foreach ((int number, Pin pin) in _pins)
        {
            if (pin.Output) ShowNeedsLock(number, "off");
            if (pin.Pwm.Length > 0) timeline.Add(NameOf(number), "off");
            (pin.Mode, pin.Output, pin.OnEdge, pin.Pwm) = (-1, false, null, "");
        }
        _functions.Clear();
    }

    public void Open(int pin, int mode)
    {
        using NativeCall call = kernel.Enter();
        if (mode == 1 && pin >= InputOnlyFrom) throw new ArgumentException($"GPIO {pin} is input-only. Use a pin below {InputOnlyFrom}.");
        Pin state = At(pin);
        state.Mode = mode;
        state.Reported = LevelNeedsLock(pin);
    }

    public void Close(int pin)
    {
        using NativeCall call = kernel.Enter();
        Pin state = At(pin);
        state.Mode = -1;
        state.OnEdge = null;
    }

    public bool Read(int pin)
    {
        using NativeCall call = kernel.Enter();
        return LevelNeedsLock(pin);
    }

    internal bool LevelNeedsLock(int number)
    {
        Pin pin = At(number);
        if (pin.Mode == 1) return pin.Output;
        if (Sources.TryGetValue(number, out Func<bool>? source)) return source();
        return pin.Driven ?? pin.Mode == 3;
    }

    public void Write(int pin, bool high)
    {
        using NativeCall call = kernel.Enter();
        Pin state = At(pin);
        if (state.Mode != 1) throw new InvalidOperationException($"GPIO {pin} is not open as an output.");
        if (state.Output == high) return;
        state.Output = high;
        kernel.Trace?.Add($"gpio {pin} = {(high ? 1 : 0)}");
        ShowNeedsLock(pin, high ? "on" : "off");
    }

    private void ShowNeedsLock(int pin, string state) => timeline.Add(NameOf(pin), state);

    private string NameOf(int pin) =>
        pin == profile.RecordLedPin ? "record led" : pin == profile.StatusLedPin ? "status led" : pin == profile.BuzzerPin ? "buzzer" : $"gpio {pin}";

    public void Watch(int pin, Action<bool>? onEdge, int debounceMs)
    {
        using NativeCall call = kernel.Enter();
        Pin state = At(pin);
        (state.OnEdge, state.DebounceMs) = (onEdge, debounceMs);
        state.Reported = LevelNeedsLock(pin);
        state.WatchNumber++;
        if (onEdge != null) Watched?.Invoke(pin);
    }

    /// <summary>Number of the watch in force on a pin; 0 when nobody watches.</summary>
    internal int WatchNumber(int number) => At(number) is { OnEdge: not null } pin ? pin.WatchNumber : 0;

    /// <summary>A part drives a pin from outside; null lets go of it.</summary>
    internal void DriveNeedsLock(int number, bool? level)
    {
        At(number).Driven = level;
        EdgeNeedsLock(number);
    }

    /// <summary>The level may have changed; the firmware hears of it once it is stable.</summary>
    internal void EdgeNeedsLock(int number)
    {
        Pin pin = At(number);
        if (pin.OnEdge == null) return;
        PowerRun run = kernel.Run;
        kernel.At(kernel.NowTicks + pin.DebounceMs * TimeSpan.TicksPerMillisecond, () =>
        {
            bool level = LevelNeedsLock(number);
            if (run != kernel.Run || run.Cut || pin.OnEdge is not { } onEdge || level == pin.Reported) return;
            pin.Reported = level;
            scheduler.Post(() => onEdge(level));
        });
    }

    public void SetFunction(int pin, int deviceFunction)
    {
        using NativeCall call = kernel.Enter();
        _functions[deviceFunction] = pin;
    }

    public int FunctionPin(int deviceFunction)
    {
        using NativeCall call = kernel.Enter();
        return _functions.GetValueOrDefault(deviceFunction, -1);
    }

    public void Pwm(int pin, int frequencyHz, double duty)
    {
        using NativeCall call = kernel.Enter();
        if (pin >= InputOnlyFrom) throw new ArgumentException($"GPIO {pin} is input-only. Use a pin below {InputOnlyFrom}.");
        string state = duty <= 0 ? "off" : FormattableString.Invariant($"{frequencyHz} Hz {duty * 100:0}%");
        Pin known = At(pin);
        if (known.Pwm == state || (known.Pwm.Length == 0 && duty <= 0)) return;
        known.Pwm = duty <= 0 ? "" : state;
        kernel.Trace?.Add($"pwm {pin} {state}");
        timeline.Add(NameOf(pin), state);
    }

    public int ReadAdc(int channel)
    {
        using NativeCall call = kernel.Enter();
        if (channel is < 0 or > 7) throw new ArgumentException($"ADC1 has no channel {channel}. Use 0 to 7.");
        call.Spend(CostModel.Ticks(kernel.Options.Costs.AdcUs));
        // Uncalibrated 12 bit over 3.3 V with a few counts of noise, as measured on these chips.
        double raw = AdcMillivolts(channel) / 3300 * 4095 + Noise.Next(-NoiseCounts, NoiseCounts + 1);
        int reading = (int)Math.Clamp(raw, 0, 4095);
        kernel.Trace?.Add($"adc {channel} = {reading}");
        return reading;
    }
}
