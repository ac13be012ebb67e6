namespace BodyCam.VirtualBoard;

/// <summary>The chip's two clocks, both counted by its own crystal: microseconds since power-up, and a system clock that starts in 1970.</summary>
internal sealed class ChipClocks(Kernel kernel) : IClocks
{
    private PowerRun? _run;
    private long _utcOffsetTicks;

    /// <summary>Drift in parts per million; a change counts from then on.</summary>
    internal double CrystalPpm
    {
        get => _ppm;
        set
        {
            _ppmBaseTicks = CrystalTicksNeedsLock();
            _ppmSinceTicks = kernel.NowTicks;
            _ppm = value;
        }
    }

    private double _ppm = kernel.Options.CrystalPpm;
    private long _ppmSinceTicks;
    private long _ppmBaseTicks;

    public ulong MonotonicUs
    {
        get
        {
            using NativeCall call = kernel.Enter();
            RefreshNeedsLock();
            return (ulong)(CrystalTicksNeedsLock() / TimeSpan.TicksPerMicrosecond);
        }
    }

    public long UtcTicks
    {
        get
        {
            using NativeCall call = kernel.Enter();
            return UtcTicksNeedsLock();
        }
    }

    public bool SetSystemTime(long utcTicks)
    {
        using NativeCall call = kernel.Enter();
        SetNeedsLock(utcTicks - utcTicks % TimeSpan.TicksPerSecond);
        return true;
    }

    public void StepUtc(long offsetUs)
    {
        using NativeCall call = kernel.Enter();
        SetNeedsLock(UtcTicksNeedsLock() + CostModel.Ticks(offsetUs));
    }

    internal long UtcTicksNeedsLock()
    {
        RefreshNeedsLock();
        return CrystalTicksNeedsLock() + _utcOffsetTicks;
    }

    internal void SetNeedsLock(long utcTicks)
    {
        RefreshNeedsLock();
        _utcOffsetTicks = utcTicks - CrystalTicksNeedsLock();
    }

    private void RefreshNeedsLock()
    {
        if (_run == kernel.Run) return;
        _run = kernel.Run;
        _ppmSinceTicks = _run.StartTicks;
        _ppmBaseTicks = 0;
        _utcOffsetTicks = DateTime.UnixEpoch.Ticks;
    }

    private long CrystalTicksNeedsLock()
    {
        long elapsed = kernel.NowTicks - _ppmSinceTicks;
        return _ppmBaseTicks + elapsed + (long)(elapsed * (_ppm / 1_000_000));
    }
}
