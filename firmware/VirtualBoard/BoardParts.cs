namespace BodyCam.VirtualBoard;

/// <summary>The part of the board that wires the parts to the chip.</summary>
public sealed partial class Board
{
    private readonly VirtualPins _pins;
    private readonly VirtualBuses _buses;
    private readonly VirtualSystem _system;
    private readonly ArduChip _arduChip;

    /// <inheritdoc/>
    public IPins Pins => _pins;

    /// <inheritdoc/>
    public IBuses Buses => _buses;

    /// <summary>The link, its faults and its hooks.</summary>
    public VirtualNetwork Network { get; }

    INetwork INativeCalls.Network => Network;

    ISystem INativeCalls.System => _system;

    /// <summary>What LEDs, buzzer, buttons and power did.</summary>
    public Timeline Timeline { get; }

    /// <summary>Scene, faults and delivered frames of the camera.</summary>
    public Camera Camera { get; }

    /// <summary>What the microphone hears.</summary>
    public Microphone Microphone { get; }

    /// <summary>The battery-backed clock.</summary>
    public Ds3231 Rtc { get; }

    /// <summary>The cell.</summary>
    public Battery Battery { get; }

    /// <summary>The record button.</summary>
    public PushButton RecordButton { get; }

    /// <summary>The note button.</summary>
    public PushButton NoteButton { get; }

    /// <summary>Lines that the firmware wrote to its console, oldest first.</summary>
    public IReadOnlyList<string> ConsoleLines => _kernel.Look(() => _system.Lines.ToArray());

    /// <summary>Raised under the board's lock for every console line; be quick and make no firmware calls.</summary>
    public event Action<string>? ConsoleWritten;

    /// <summary>Copies that the real libraries would have made, by library.</summary>
    public IReadOnlyDictionary<string, (long Copies, long Bytes)> LibraryCopies => _kernel.Look(() => new Dictionary<string, (long Copies, long Bytes)>(_system.Copies));

    /// <summary>Drift of the chip's crystal in parts per million; a change counts from now on.</summary>
    public double CrystalPpm
    {
        get => _kernel.Look(() => _clocks.CrystalPpm);
        set => _kernel.Outside(() => _clocks.CrystalPpm = value);
    }

    internal Kernel Kernel => _kernel;

    /// <summary>Steps the chip's system clock without the firmware being told.</summary>
    public void StepChipClock(TimeSpan by) => _kernel.Outside(() => _clocks.SetNeedsLock(_clocks.UtcTicksNeedsLock() + by.Ticks));

    /// <summary>Makes an I2C address not acknowledge, or acknowledge again.</summary>
    public void SetI2cSilent(int address, bool silent) => _kernel.Outside(() =>
    {
        if (silent) _buses.Silent.Add(address);
        else _buses.Silent.Remove(address);
    });

    /// <summary>Noise of the chip's converter, in counts either way; 6 is measured on such boards.</summary>
    public void SetAdcNoise(int counts) => _kernel.Outside(() => _pins.NoiseCounts = counts);

    private void PowerUpPartsNeedsLock()
    {
        _arduChip.PowerOn();
        Camera.Sensor!.Reset();
        Microphone.PowerOnNeedsLock();
        Battery.PoweredNeedsLock(true);
        Network.ForgetStationNeedsLock();
        Network.JoinNeedsLock();
    }

    private void PowerDownPartsNeedsLock()
    {
        Battery.PoweredNeedsLock(false);
        Network.LeaveNeedsLock();
        _pins.ResetNeedsLock();
        _buses.ResetNeedsLock();
    }

    /// <summary>Tells the pin of each edge of SQW while the firmware watches it; the level itself is computed when read.</summary>
    private void SquareWaveNeedsLock(int watchNumber)
    {
        int pin = Options.Profile.SquareWavePin;
        if (watchNumber != _pins.WatchNumber(pin)) return;
        _pins.EdgeNeedsLock(pin);
        _kernel.At(_kernel.NowTicks + Rtc.NextEdgeInTicksNeedsLock, () => SquareWaveNeedsLock(watchNumber));
    }
}
