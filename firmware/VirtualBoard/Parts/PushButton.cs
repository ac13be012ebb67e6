namespace BodyCam.VirtualBoard;

/// <summary>A push button to ground that bounces. Each gesture begins now and runs on in virtual time.</summary>
public sealed class PushButton
{
    private static readonly TimeSpan ShortPress = TimeSpan.FromMilliseconds(120);
    private static readonly TimeSpan BetweenPresses = TimeSpan.FromMilliseconds(150);

    private readonly Kernel _kernel;
    private readonly VirtualPins _pins;
    private readonly Timeline _timeline;
    private readonly string _name;
    private readonly int _pin;
    private readonly Random _random;

    internal PushButton(Kernel kernel, VirtualPins pins, Timeline timeline, string name, int pin)
    {
        (_kernel, _pins, _timeline, _name, _pin) = (kernel, pins, timeline, name, pin);
        _random = new Random(kernel.Options.Seed * 13 + pin);
        pins.DriveNeedsLock(pin, true);
    }

    /// <summary>Presses for 120 ms.</summary>
    public void Press() => Plan(1, ShortPress, "press");

    /// <summary>Holds for that long.</summary>
    public void Hold(TimeSpan duration) => Plan(1, duration, $"hold {duration.TotalSeconds:0.###} s");

    /// <summary>Presses twice within 400 ms.</summary>
    public void Double() => Plan(2, ShortPress, "double");

    /// <summary>Presses three times within 700 ms.</summary>
    public void Triple() => Plan(3, ShortPress, "triple");

    /// <summary>Presses and holds until <see cref="Up"/>.</summary>
    public void Down() => _kernel.Outside(() => Bounce(_kernel.NowTicks, pressed: true));

    /// <summary>Lets go.</summary>
    public void Up() => _kernel.Outside(() => Bounce(_kernel.NowTicks, pressed: false));

    private void Plan(int count, TimeSpan duration, string gesture) => _kernel.Outside(() =>
    {
        _timeline.Add(_name + " button", gesture);
        long atTicks = _kernel.NowTicks;
        for (int i = 0; i < count; i++)
        {
            Bounce(atTicks, pressed: true);
            Bounce(atTicks += duration.Ticks, pressed: false);
            atTicks += BetweenPresses.Ticks;
        }
    });

    /// <summary>Plans the contact's way to its new state: up to three false edges within 4 ms.</summary>
    private void Bounce(long atTicks, bool pressed)
    {
        int falseEdges = _random.Next(4);
        for (int i = 0; i < falseEdges; i++)
        {
            bool level = i % 2 == 0 ? !pressed : pressed;
            long edgeTicks = atTicks + i * TimeSpan.TicksPerMillisecond + _random.Next(900) * TimeSpan.TicksPerMicrosecond;
            _kernel.At(edgeTicks, () => _pins.DriveNeedsLock(_pin, level));
        }
        _kernel.At(atTicks + 4 * TimeSpan.TicksPerMillisecond, () => _pins.DriveNeedsLock(_pin, !pressed));
    }
}
