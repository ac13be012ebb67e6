namespace BodyCam.VirtualBoard;

/// <summary>One virtual recorder board: chip, parts, card and link under one virtual clock. No statics; make as many as needed.</summary>
/// <remarks>
/// A board is made without power. <see cref="PowerOn"/> begins a run, <see cref="Boot"/> starts the firmware's main thread,
/// <see cref="CutPower"/> ends the run; card, I: and the DS3231 outlive it.
/// With <see cref="BoardOptions.Stepped"/> time moves only inside <see cref="RunUntil"/>, <see cref="RunFor"/> and <see cref="WaitUntil"/>.
/// </remarks>
public sealed partial class Board : INativeCalls, IDisposable
{
    private readonly Kernel _kernel;
    private readonly Scheduler _scheduler;
    private readonly ChipClocks _clocks;
    private readonly VirtualStorage _storage;

    /// <summary>Makes a board without power.</summary>
    public Board(BoardOptions options)
    {
        Options = options;
        _kernel = new Kernel(options);
        _scheduler = new Scheduler(_kernel);
        _clocks = new ChipClocks(_kernel);
        Card = new Card(_kernel, Path.Combine(options.DataFolder, "card"));
        _storage = new VirtualStorage(_kernel, Card, _scheduler, () => CutNeedsLock(PowerLoss.Cut));
        BoardProfile profile = options.Profile;
        Timeline = new Timeline(_kernel);
        _pins = new VirtualPins(_kernel, profile, Timeline, _scheduler);
        Camera = new Camera(_kernel);
        Camera.Sensor = new Ov2640(Camera);
        _arduChip = new ArduChip(_kernel, Camera, Camera.Sensor);
        Microphone = new Microphone(_kernel);
        Rtc = new Ds3231(_kernel);
        Battery = new Battery(_kernel, profile.BatteryMah, () => CutNeedsLock(PowerLoss.Battery));
        Battery.ChargingChanged = charging => _pins.DriveNeedsLock(profile.VbusPin, charging);
        _buses = new VirtualBuses(_kernel, profile, _arduChip, Microphone, new Dictionary<int, II2cPart>
        {
            [profile.CameraI2cAddress] = Camera.Sensor,
            [profile.ClockI2cAddress] = Rtc,
            [profile.GaugeI2cAddress] = new Max17048(Battery),
        });
        RecordButton = new PushButton(_kernel, _pins, Timeline, "record", profile.RecordButtonPin);
        NoteButton = new PushButton(_kernel, _pins, Timeline, "note", profile.NoteButtonPin);
        _pins.DriveNeedsLock(profile.VbusPin, false);
        _pins.Sources[profile.SquareWavePin] = () => Rtc.SquareWaveNeedsLock;
        _pins.Watched = pin =>
        {
            if (pin == profile.SquareWavePin) SquareWaveNeedsLock(_pins.WatchNumber(pin));
        };
        // Two equal resistors halve the cell's voltage before the converter.
        _pins.AdcMillivolts = channel => channel == profile.BatteryAdcChannel ? Battery.MillivoltsNeedsLock / 2 : 0;
        Network = new VirtualNetwork(_kernel, Timeline, () => new DateTime(_clocks.UtcTicksNeedsLock(), DateTimeKind.Utc), _scheduler.Post);
        _system = new VirtualSystem(_kernel, Microphone, () => CutNeedsLock(PowerLoss.Reset)) { LineWritten = line => ConsoleWritten?.Invoke(line) };
    }

    /// <summary>What the board was made of.</summary>
    public BoardOptions Options { get; }

    /// <inheritdoc/>
    public IScheduler Scheduler => _scheduler;

    /// <inheritdoc/>
    public IClocks Clocks => _clocks;

    /// <inheritdoc/>
    public IStorage Storage => _storage;

    /// <summary>The card in the socket and its faults.</summary>
    public Card Card { get; }

    /// <summary>Host folder behind I:.</summary>
    public string FlashFolder => _storage.Flash.Root;

    /// <summary>Virtual time since the board was made; runs on through power cuts.</summary>
    public TimeSpan Now => _kernel.Now;

    /// <summary>Virtual time in which a native call held the CLR lock, so that no other firmware thread ran; summed since the board was made.</summary>
    public TimeSpan BlockedTime => _kernel.Look(() => TimeSpan.FromTicks(_kernel.BlockedTicks));

    /// <summary>What a perfect clock shows now.</summary>
    public DateTime TrueUtc => Options.StartUtc + Now;

    /// <summary>The chip's system clock as the firmware would read it now.</summary>
    public DateTime ChipUtc => _kernel.Look(() => new DateTime(_clocks.UtcTicksNeedsLock(), DateTimeKind.Utc));

    /// <summary>True between <see cref="PowerOn"/> and the loss of power.</summary>
    public bool IsPowered => _kernel.Look(() => !_kernel.Run.Cut);

    /// <summary>Number of power-ups so far.</summary>
    public int BootCount => _kernel.Look(() => _kernel.Run.Number);

    /// <summary>Threads that an unhandled exception ended, and planned actions that failed; the chip shows nothing of it, a test should find this empty.</summary>
    public IReadOnlyList<(string Thread, Exception Failure)> ThreadFailures => _kernel.Look(() => _kernel.Failures.ToArray());

    /// <summary>Raised on a host thread of its own after the power was lost or the firmware reset the chip.</summary>
    public event Action<PowerLoss>? PowerLost;

    /// <summary>Loads the firmware and gives its main function; called for every power-up by <see cref="Start"/>, by a script and after a reset. It runs under the board's lock: load, but make no firmware calls.</summary>
    public Func<Action>? Firmware { get; set; }

    /// <summary>Powers the board up and boots <see cref="Firmware"/>.</summary>
    public void Start() => _kernel.Outside(() =>
    {
        Func<Action> firmware = Firmware ?? throw new InvalidOperationException("The board has no firmware. Set Firmware first.");
        PowerOn();
        _kernel.StartNeedsLock(firmware(), "main");
    });

    /// <summary>Begins a fresh run: same card, same I:, same DS3231; every pin, bus and thread starts anew. The caller then loads the firmware and calls <see cref="Boot"/>.</summary>
    public void PowerOn() => _kernel.Outside(() =>
    {
        if (!_kernel.Run.Cut) throw new InvalidOperationException("The board has power already. Cut it first.");
        _kernel.BeginRunNeedsLock();
        _storage.Flash.Remeasure();
        Card.Volume?.Remeasure();
        Timeline.Add("power", "on");
        PowerUpPartsNeedsLock();
    });

    /// <summary>Starts the firmware's main thread in the present run.</summary>
    public void Boot(Action main) => _kernel.Outside(() =>
    {
        if (_kernel.Run.Cut) throw new InvalidOperationException("The board has no power. Call PowerOn first.");
        _kernel.StartNeedsLock(main, "main");
    });

    /// <summary>Cuts the power now: no firmware thread returns from a simulated call any more; un-synced bytes may be lost.</summary>
    public void CutPower() => CutNeedsLock(PowerLoss.Cut);

    /// <summary>Cuts the power in the middle of the n-th change of a volume from now on; a data write is torn at a byte that the seed picks.</summary>
    /// <param name="n">1 is the next change; 0 takes the plan back. Changes are writes, truncations, creations, renames, deletions and new folders.</param>
    /// <param name="volume">D (card) or I (flash).</param>
    public void CutPowerAtWrite(int n, char volume = 'D') => _kernel.Outside(() =>
    {
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        _storage.CutAfterChanges = n;
        _storage.CutOnVolume = char.ToUpperInvariant(volume);
    });

    /// <summary>Empties I: as a mass erase does. Only without power.</summary>
    public void EraseFlash() => _kernel.Outside(() =>
    {
        if (!_kernel.Run.Cut) throw new InvalidOperationException("I: is in use. Cut the power first.");
        Directory.Delete(FlashFolder, recursive: true);
        Directory.CreateDirectory(FlashFolder);
    });

    /// <summary>Lets threads of earlier runs unwind, so that the firmware's load context can be unloaded.</summary>
    public void ReleaseParkedThreads() => _kernel.Outside(_kernel.UnwindNeedsLock);

    /// <summary>Plans an action of the outside world for a virtual time since the board was made. It runs between two steps of the firmware and must not make firmware calls or wait.</summary>
    public void At(TimeSpan time, Action action) => _kernel.At(time.Ticks, action);

    /// <summary>Runs until that virtual time.</summary>
    public void RunUntil(TimeSpan time) => _kernel.RunUntil(null, time.Ticks);

    /// <summary>Runs for that much virtual time.</summary>
    public void RunFor(TimeSpan duration) => _kernel.RunUntil(null, (Now + duration).Ticks);

    /// <summary>Runs until the predicate holds. It is evaluated at every hand-over between threads and at every event, so it should be cheap.</summary>
    /// <returns>False when <paramref name="timeout"/> of virtual time went by first.</returns>
    public bool WaitUntil(Func<bool> predicate, TimeSpan timeout) => _kernel.RunUntil(predicate, (Now + timeout).Ticks);

    private void CutNeedsLock(PowerLoss why) => _kernel.Outside(() => EndRunNeedsLock(why));

    private void EndRunNeedsLock(PowerLoss why)
    {
        if (_kernel.Run.Cut) return;
        Timeline.Add("power", why switch { PowerLoss.Reset => "reset", PowerLoss.Battery => "battery empty", _ => "off" });
        _kernel.CutNeedsLock();
        _storage.LosePowerNeedsLock();
        PowerDownPartsNeedsLock();
        if (PowerLost is { } lost) ThreadPool.QueueUserWorkItem(_ => lost(why));
        if (why == PowerLoss.Reset && Firmware != null)
        {
            // ROM loader and interpreter take about half a second from reset to main.
            int runNumber = _kernel.Run.Number;
            _kernel.At(_kernel.NowTicks + TimeSpan.TicksPerSecond / 2, () =>
            {
                if (_kernel.Run.Cut && _kernel.Run.Number == runNumber) Start();
            });
        }
    }

    /// <summary>Ends the run and lets its threads unwind. The folders stay.</summary>
    public void Dispose()
    {
        CutNeedsLock(PowerLoss.Cut);
        _kernel.Dispose();
    }
}

/// <summary>Why a run ended.</summary>
public enum PowerLoss
{
    /// <summary>The supply was cut.</summary>
    Cut,
    /// <summary>The battery was empty.</summary>
    Battery,
    /// <summary>The firmware reset the chip.</summary>
    Reset,
}
