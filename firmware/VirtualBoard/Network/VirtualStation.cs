namespace BodyCam.VirtualBoard;

/// <summary>The Wi-Fi station of the link: which access point it wants, and what it hears.</summary>
public sealed partial class VirtualNetwork
{
    private const int StatusInvalidCredential = 1, StatusNotAvailable = 2, StatusSuccess = 3, StatusUnspecified = 5;

    // Passive scan of the stock image: 500 ms on each of 13 channels.
    private const int ScanMs = 6500;

    // Refusals of the ESP-IDF station: one scan without the name; four unanswered handshake messages.
    private const int NotFoundMs = 2400;
    private const int HandshakeMs = 4000;

    private AccessPoint[] _heard = [];
    private (string Ssid, string Password)? _asked;
    private bool _released;

    /// <summary>What is on the air. Null: one access point that takes the board whatever it asks for, and that a flashed network configuration finds by itself.</summary>
    public IReadOnlyList<AccessPoint>? AccessPoints { get; set; }

    /// <summary>Network in the chip's configuration block, joined by itself at power-up; null is none. Meant with <see cref="AccessPoints"/>.</summary>
    public (string Ssid, string Password)? StoredNetwork { get; set; }

    /// <summary>Level of the only access point while <see cref="AccessPoints"/> is null, in dBm.</summary>
    public int RssiDbm { get; set; } = -58;

    /// <summary>Name of the access point that has the board; null while there is none, empty when its name does not matter.</summary>
    public string? JoinedSsid => _kernel.Look(() => _joined ? WantedNeedsLock()?.Ssid : null);

    /// <summary>Sets what is on the air and lets the board lose or find its access point.</summary>
    public void SetAccessPoints(params AccessPoint[] points) => _kernel.Outside(() =>
    {
        AccessPoints = points;
        if (WantedNeedsLock() is null) LeaveNeedsLock();
        else if (!_joined) JoinNeedsLock();
    });

    /// <inheritdoc/>
    public int Join(string ssid, string password)
    {
        using NativeCall call = _kernel.Enter();
        bool wasJoined = _joined;
        LeaveNeedsLock();
        (_asked, _released) = ((ssid, password), false);
        JoinNeedsLock();
        // Leaving the old access point raises an event that the library takes for the answer.
        if (wasJoined) return StatusUnspecified;
        AccessPoint? named = _up ? AccessPoints?.FirstOrDefault(point => point.Ssid == ssid) : null;
        bool accepted = _up && WantedNeedsLock() is not null;
        _kernel.WaitVirtualNeedsLock(call.Thread, accepted ? (int)JoinTime.TotalMilliseconds + 1 : named is null ? NotFoundMs : HandshakeMs);
        return _joined ? StatusSuccess : named is null ? StatusNotAvailable : StatusInvalidCredential;
    }

    /// <inheritdoc/>
    public void Leave()
    {
        using NativeCall call = _kernel.Enter();
        (_asked, _released) = (null, true);
        LeaveNeedsLock();
    }

    /// <inheritdoc/>
    public void Scan(Action done)
    {
        using NativeCall call = _kernel.Enter();
        if (!_joined && !_released && (_asked ?? StoredNetwork) is not null) throw new InvalidOperationException("The station is trying to join (CLR_E_BUSY). Disconnect first.");
        PowerRun run = _kernel.Run;
        _kernel.At(_kernel.NowTicks + ScanMs * TimeSpan.TicksPerMillisecond, () =>
        {
            if (run != _kernel.Run || run.Cut) return;
            _heard = !_up ? [] : AccessPoints?.ToArray() ?? [new AccessPoint(_asked?.Ssid ?? "", "", RssiDbm)];
            _post(done);
        });
    }

    /// <inheritdoc/>
    public AccessPoint[] ScanReport()
    {
        using NativeCall call = _kernel.Enter();
        return _heard;
    }

    /// <summary>The access point that would take the board as it asks now; null when there is none.</summary>
    private AccessPoint? WantedNeedsLock()
    {
        if (_released) return null;
        if (AccessPoints is null) return new AccessPoint(_asked?.Ssid ?? "", "", RssiDbm);
        return (_asked ?? StoredNetwork) is var (ssid, password) ? AccessPoints.FirstOrDefault(point => point.Ssid == ssid && point.Password == password) : null;
    }

    /// <summary>What was asked lies in RAM; a new run starts from the configuration block.</summary>
    internal void ForgetStationNeedsLock() => (_asked, _released, _heard) = (null, false, []);
}
