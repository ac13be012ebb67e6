namespace BodyCam.VirtualBoard;

/// <summary>The Li-Po cell: charge by load and virtual time, voltage by a discharge curve. At 0 % the board loses its power.</summary>
public sealed class Battery
{
    /// <summary>Rest voltage in mV at 0, 5, 10, 20 … 100 % (typical Li-Po curve at 0.1 C).</summary>
    private static readonly (double Percent, double Mv)[] Curve =
        [(0, 3000), (3, 3380), (5, 3480), (10, 3680), (20, 3740), (30, 3770), (40, 3790), (50, 3820), (60, 3870), (70, 3920), (80, 3980), (90, 4060), (100, 4200)];

    private const double InnerOhm = 0.15;

    private readonly Kernel _kernel;
    private readonly Action _die;
    private readonly int _capacityMah;
    private double _percent = 96;
    private double _loadMa = 180;
    private bool _charging;
    private bool _powered;
    private long _atTicks;
    private PlannedEvent? _empty;

    internal Battery(Kernel kernel, int capacityMah, Action die)
    {
        (_kernel, _capacityMah, _die) = (kernel, capacityMah, die);
    }

    /// <summary>Charge left, 0..100 %.</summary>
    public double Percent => _kernel.Look(() => PercentNeedsLock);

    /// <summary>Voltage at the terminals in mV.</summary>
    public double Millivolts => _kernel.Look(() => MillivoltsNeedsLock);

    /// <summary>Draw of the powered board in mA; 180 is recording with Wi-Fi on.</summary>
    public double LoadMa
    {
        get => _loadMa;
        set => Change(() => _loadMa = value);
    }

    /// <summary>Percent that the gauge says too much, as one whose model does not know an aged cell.</summary>
    public double GaugeErrorPercent { get; set; }

    /// <summary>True while the charger is plugged in (500 mA).</summary>
    public bool IsCharging => _kernel.Look(() => _charging);

    /// <summary>Sets the charge.</summary>
    /// <param name="percent">0..100; 0 ends the run at once.</param>
    public void SetPercent(double percent) => Change(() => _percent = Math.Clamp(percent, 0, 100));

    /// <summary>Plugs the charger in or out.</summary>
    public void PlugIn(bool charging) => Change(() => _charging = charging);

    /// <summary>The protection switches the cell off now.</summary>
    public void Die() => SetPercent(0);

    internal Action<bool>? ChargingChanged { get; set; }

    internal void PoweredNeedsLock(bool powered) => Change(() => _powered = powered);

    private void Change(Action change) => _kernel.Outside(() =>
    {
        _percent = PercentNeedsLock;
        _atTicks = _kernel.NowTicks;
        bool charging = _charging;
        change();
        if (charging != _charging) ChargingChanged?.Invoke(_charging);
        if (_empty != null) _empty.Cancelled = true;
        _empty = null;
        double perHour = PercentPerHour;
        if (!_powered || perHour >= 0) return;
        long inTicks = (long)(_percent / -perHour * TimeSpan.TicksPerHour);
        _empty = _kernel.At(_kernel.NowTicks + Math.Max(0, inTicks), _die);
    });

    internal double PercentPerHour => ((_powered ? -_loadMa : 0) + (_charging ? 500 : 0)) * 100 / _capacityMah;

    internal double PercentNeedsLock =>
        Math.Clamp(_percent + PercentPerHour * (_kernel.NowTicks - _atTicks) / TimeSpan.TicksPerHour, 0, 100);

    internal double MillivoltsNeedsLock
    {
        get
        {
            double percent = PercentNeedsLock;
            int i = 1;
            while (i < Curve.Length - 1 && Curve[i].Percent < percent) i++;
            (double lowPercent, double lowMv) = Curve[i - 1];
            (double highPercent, double highMv) = Curve[i];
            double rest = lowMv + (highMv - lowMv) * (percent - lowPercent) / (highPercent - lowPercent);
            return rest - ((_powered ? _loadMa : 0) - (_charging ? 500 : 0)) * InnerOhm;
        }
    }
}
