namespace BodyCam.VirtualBoard;

/// <summary>The battery-backed clock (DS3231 data sheet 19-5170): BCD time, control, status, temperature. Keeps time through power cuts of the board.</summary>
public sealed class Ds3231 : II2cPart
{
    private const int RegisterCount = 0x13;
    private const int Control = 0x0E, Status = 0x0F;
    private const byte OscillatorStopped = 0x80;

    private readonly Kernel _kernel;
    private readonly byte[] _registers = new byte[RegisterCount];
    private DateTime _setUtc;
    private long _setAtTicks;
    private double _driftPpm;
    private int _pointer;
    private int _weekdayOffset;
    private bool _twelveHours;

    internal Ds3231(Kernel kernel)
    {
        _kernel = kernel;
        _driftPpm = kernel.Options.RtcPpm;
        _registers[Control] = 0x1C;
        _registers[0x11] = 25;
        _registers[0x12] = 0x40;
        _setUtc = kernel.Options.StartUtc;
        _weekdayOffset = 1;
        if (!kernel.Options.RtcSet) LoseNeedsLock();
    }

    /// <summary>Time that the clock shows, in UTC.</summary>
    public DateTime Utc => _kernel.Look(() => NowNeedsLock);

    /// <summary>True while the oscillator-stop flag is up: the time is not to be trusted.</summary>
    public bool OscillatorStopFlag => _kernel.Look(() => (_registers[Status] & OscillatorStopped) != 0);

    /// <summary>Drift in parts per million; a change counts from now on.</summary>
    public double DriftPpm
    {
        get => _kernel.Look(() => _driftPpm);
        set => _kernel.Outside(() => { SetNeedsLock(NowNeedsLock); _driftPpm = value; });
    }

    /// <summary>Steps the clock without anybody being told.</summary>
    public void Step(TimeSpan by) => _kernel.Outside(() => SetNeedsLock(NowNeedsLock + by));

    /// <summary>The coin cell was empty: the time restarts in 2000 and the oscillator-stop flag is up.</summary>
    public void LoseClock() => _kernel.Outside(LoseNeedsLock);

    private DateTime NowNeedsLock
    {
        get
        {
            long elapsed = _kernel.NowTicks - _setAtTicks;
            return _setUtc.AddTicks(elapsed + (long)(elapsed * (_driftPpm / 1_000_000)));
        }
    }

    private void LoseNeedsLock()
    {
        SetNeedsLock(new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        _registers[Status] |= OscillatorStopped;
    }

    private void SetNeedsLock(DateTime utc)
    {
        _setUtc = utc;
        _setAtTicks = _kernel.NowTicks;
    }

    /// <summary>Level of SQW: falls as the second begins (INTCN = 0, 1 Hz), else released high.</summary>
    internal bool SquareWaveNeedsLock => (_registers[Control] & 0x1C) != 0 || NowNeedsLock.Ticks % TimeSpan.TicksPerSecond >= TimeSpan.TicksPerSecond / 2;

    /// <summary>Virtual ticks until SQW changes next.</summary>
    internal long NextEdgeInTicksNeedsLock => TimeSpan.TicksPerSecond / 2 - NowNeedsLock.Ticks % (TimeSpan.TicksPerSecond / 2);

    bool II2cPart.Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == 0) return true;
        _pointer = bytes[0] % RegisterCount;
        if (bytes.Length == 1) return true;
        ShowTime();
        bool timeWritten = false, secondsWritten = false;
        foreach (byte value in bytes[1..])
        {
            timeWritten |= _pointer <= 6;
            secondsWritten |= _pointer == 0;
            // Flags of the status register can only be cleared by software; temperature is read-only.
            if (_pointer == Status) _registers[Status] = (byte)((_registers[Status] & value & 0x83) | (value & 0x08));
            else if (_pointer < 0x11) _registers[_pointer] = value;
            _pointer = (_pointer + 1) % RegisterCount;
        }
        if (timeWritten) TakeTime(secondsWritten);
        return true;
    }

    bool II2cPart.Read(Span<byte> bytes)
    {
        ShowTime();
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = _registers[_pointer];
            _pointer = (_pointer + 1) % RegisterCount;
        }
        return true;
    }

    private void ShowTime()
    {
        DateTime now = NowNeedsLock;
        _registers[0] = Bcd(now.Second);
        _registers[1] = Bcd(now.Minute);
        _registers[2] = _twelveHours ? (byte)(0x40 | (now.Hour >= 12 ? 0x20 : 0) | Bcd((now.Hour + 11) % 12 + 1)) : Bcd(now.Hour);
        _registers[3] = (byte)(((int)now.DayOfWeek + _weekdayOffset + 6) % 7 + 1);
        _registers[4] = Bcd(now.Day);
        _registers[5] = (byte)(Bcd(now.Month) | (now.Year >= 2100 ? 0x80 : 0));
        _registers[6] = Bcd(now.Year % 100);
    }

    private void TakeTime(bool secondsWritten)
    {
        _twelveHours = (_registers[2] & 0x40) != 0;
        int hour = _twelveHours ? Binary(_registers[2] & 0x1F) % 12 + ((_registers[2] & 0x20) != 0 ? 12 : 0) : Binary(_registers[2] & 0x3F);
        int year = 2000 + Binary(_registers[6]) + ((_registers[5] & 0x80) != 0 ? 100 : 0);
        int month = Math.Clamp(Binary(_registers[5] & 0x1F), 1, 12);
        int day = Math.Clamp(Binary(_registers[4] & 0x3F), 1, DateTime.DaysInMonth(year, month));
        var time = new DateTime(year, month, day, Math.Min(hour, 23), Math.Min(Binary(_registers[1] & 0x7F), 59), Math.Min(Binary(_registers[0] & 0x7F), 59), DateTimeKind.Utc);
        // Writing the seconds restarts the countdown chain; the other registers leave the fraction alone.
        if (!secondsWritten) time = time.AddTicks(NowNeedsLock.Ticks % TimeSpan.TicksPerSecond);
        _weekdayOffset = (_registers[3] & 7) - (int)time.DayOfWeek;
        SetNeedsLock(time);
    }

    private static byte Bcd(int value) => (byte)(value / 10 << 4 | value % 10);

    private static int Binary(int bcd) => (bcd >> 4) * 10 + (bcd & 0x0F);
}
