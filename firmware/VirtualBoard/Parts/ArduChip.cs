namespace BodyCam.VirtualBoard;

/// <summary>The ArduCAM's controller: registers and an 8 MB FIFO on SPI. Called under the gate.</summary>
internal sealed class ArduChip(Kernel kernel, Camera camera, Ov2640 sensor)
{
    private const int FifoBytes = 8 * 1024 * 1024;
    private const int Test = 0x00, Frames = 0x01, FifoControl = 0x04, Gpio = 0x06, CpldReset = 0x07, Version = 0x40, Trigger = 0x41;
    private const byte CaptureDone = 0x08;

    private readonly byte[] _registers = new byte[128];
    private readonly Random _random = new(kernel.Options.Seed * 101 + 1);
    private readonly List<(int SceneIndex, long AtTicks, int Begin, ReadOnlyMemory<byte> Jpeg)> _held = [];
    private byte[] _fifo = [];
    private int _readAt;
    private bool _done;
    private PlannedEvent? _capture;

    internal void PowerOn()
    {
        Array.Clear(_registers);
        _registers[Version] = 0x73;
        _registers[Gpio] = 0x05;
        Clear();
        _fifo = [];
    }

    /// <summary>One transaction with chip select low: command, then data in or out.</summary>
    internal void Transfer(ReadOnlySpan<byte> write, Span<byte> read)
    {
        read.Clear();
        if (camera.Fault == CameraFault.Dead || write.Length == 0) return;
        int command = write[0];
        if ((command & 0x80) != 0)
        {
            if (write.Length > 1) WriteRegister(command & 0x7F, write[1]);
            return;
        }
        // Bytes clocked out after the command are dummies that already advance the FIFO.
        int skipped = write.Length - 1;
        if (command == 0x3C)
        {
            _readAt = Math.Min(_readAt + skipped, FifoBytes);
            ReadFifo(read);
        }
        else if (command == 0x3D)
        {
            if (read.Length > 0) ReadFifo(read[..1]);
        }
        else if (read.Length > 0) read.Fill(ReadRegister(command));
    }

    private void WriteRegister(int register, byte value)
    {
        _registers[register] = value;
        if (register == CpldReset && (value & 0x80) != 0) PowerOn();
        // GPIO write register: bit 0 is the level of the sensor's reset line, low resets; bit 1 standby; bit 2 its supply.
        if (register == Gpio && (value & 0x01) == 0) sensor.Reset();
        if (register != FifoControl) return;
        if ((value & 0x01) != 0) Clear();
        if ((value & 0x10) != 0) _fifo = [];
        if ((value & 0x20) != 0) _readAt = 0;
        if ((value & 0x02) != 0) Start();
    }

    private byte ReadRegister(int register) => register switch
    {
        Trigger => _done ? CaptureDone : (byte)0,
        0x42 => (byte)FifoLength,
        0x43 => (byte)(FifoLength >> 8),
        0x44 => (byte)(FifoLength >> 16 & 0x7F),
        _ => _registers[register],
    };

    internal bool HasBusError => camera.Fault == CameraFault.BusError;

    private int FifoLength => camera.Fault switch { CameraFault.LengthZero => 0, CameraFault.LengthOverflow => FifoBytes - 1, _ => _fifo.Length };

    private void Clear()
    {
        _done = false;
        _readAt = 0;
        if (_capture != null) _capture.Cancelled = true;
    }

    private void Start()
    {
        camera.CaptureCount++;
        _done = false;
        if (_capture != null) _capture.Cancelled = true;
        long frameTicks = Math.Max(1, camera.FrameTime.Ticks) * (camera.IsDark ? 1 + sensor.DummyFramesMax : 1);
        long beginTicks = (kernel.NowTicks + frameTicks - 1) / frameTicks * frameTicks;
        int frames = (_registers[Frames] & 7) + 1;
        _capture = kernel.At(beginTicks + frames * frameTicks, () => Finish(beginTicks, frameTicks, frames));
    }

    private void Finish(long beginTicks, long frameTicks, int frames)
    {
        if (kernel.Run.Cut || camera.Fault is CameraFault.Dead or CameraFault.Stalled || !sensor.GivesPictures || (_registers[Gpio] & 0x07) != 0x05) return;
        var fifo = new MemoryStream();
        _held.Clear();
        for (int i = 0; i < frames && camera.Source is { } source; i++)
        {
            long atTicks = beginTicks + i * frameTicks;
            int index = camera.SceneIndexAt(atTicks);
            // A sensor left in raw mode fills the FIFO with samples, not with a picture file.
            ReadOnlyMemory<byte> picture = sensor.IsJpeg ? source.Frame(index) : new byte[Math.Max(1, sensor.WidthPx * sensor.HeightPx * 2)];
            if (fifo.Length + picture.Length + camera.TrailingBytesMax > FifoBytes) break;
            if (sensor.IsJpeg) _held.Add((index, atTicks, (int)fifo.Length, picture));
            fifo.Write(camera.Fault == CameraFault.NoEndMarker ? picture.Span[..^2] : picture.Span);
            WriteTrailingBytes(fifo);
        }
        _fifo = fifo.ToArray();
        _readAt = 0;
        _done = true;
    }

    /// <summary>Padding and stale bytes of the memory; never FF, so that no second end marker appears.</summary>
    private void WriteTrailingBytes(MemoryStream fifo)
    {
        int count = camera.TrailingBytesMax < camera.TrailingBytesMin ? camera.TrailingBytesMax : _random.Next(camera.TrailingBytesMin, camera.TrailingBytesMax + 1);
        for (int i = 0; i < count; i++) fifo.WriteByte(i < count / 2 ? (byte)0 : (byte)_random.Next(0xFF));
    }

    private void ReadFifo(Span<byte> read)
    {
        int count = Math.Clamp(_fifo.Length - _readAt, 0, read.Length);
        _fifo.AsSpan(_readAt, count).CopyTo(read);
        _readAt += count;
        while (_held.Count > 0 && _readAt >= _held[0].Begin + _held[0].Jpeg.Length)
        {
            camera.DeliveredNeedsLock(_held[0].SceneIndex, _held[0].AtTicks, _held[0].Jpeg);
            _held.RemoveAt(0);
        }
    }
}
