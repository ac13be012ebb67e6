namespace BodyCam.VirtualBoard;

/// <summary>Everything the nanoFramework facade asks of the machine below it: the "native side" of the interpreter.</summary>
/// <remarks>
/// One implementation (<c>Board</c>) per virtual recorder, without statics. Every call is a simulated native call: it runs under
/// the one CLR lock of the board, advances virtual time by its documented cost, and never returns once the power is cut.
/// Threads, locks and waits go through here too, so that exactly one firmware thread runs managed code at a time, as on the chip.
/// </remarks>
public interface INativeCalls
{
    /// <summary>Threads, locks, events, timers and sleeping.</summary>
    IScheduler Scheduler { get; }

    /// <summary>The chip's clocks.</summary>
    IClocks Clocks { get; }

    /// <summary>Digital pins, PWM and ADC.</summary>
    IPins Pins { get; }

    /// <summary>SPI, I2C and I2S.</summary>
    IBuses Buses { get; }

    /// <summary>The volumes <c>I:</c> (internal flash) and <c>D:</c> (card).</summary>
    IStorage Storage { get; }

    /// <summary>Wi-Fi state, sockets, SNTP.</summary>
    INetwork Network { get; }

    /// <summary>Heap figures, library copies that the real libraries make, reboot.</summary>
    ISystem System { get; }
}

/// <summary>Threads under one CLR lock. Handles are opaque objects made by this scheduler.</summary>
public interface IScheduler
{
    /// <summary>Starts a firmware thread; <paramref name="body"/> runs once it gets the CLR lock. An exception that leaves it ends the thread silently (as on the chip) and is kept for the test to see.</summary>
    object StartThread(Action body, string name);
    /// <summary>Waits for a thread's end. <paramref name="timeoutMs"/> −1 waits for ever. True when it ended.</summary>
    bool Join(object thread, int timeoutMs);
    /// <summary>True while the thread has not ended.</summary>
    bool IsAlive(object thread);
    /// <summary>Number of the running thread, 1 for main.</summary>
    int CurrentThreadId { get; }
    /// <summary>Gives up the CLR lock for that much virtual time; 0 yields.</summary>
    void Sleep(int ms);
    /// <summary>Re-entrant lock on any object; waits without holding the CLR lock.</summary>
    void MonitorEnter(object target);
    /// <summary>Leaves the lock taken by <see cref="MonitorEnter"/>.</summary>
    void MonitorExit(object target);
    /// <summary>Makes an auto- or manual-reset event.</summary>
    object CreateEvent(bool manualReset, bool signaled);
    /// <summary>Signals the event. Also callable from outside the firmware (a socket's receive loop).</summary>
    void SetEvent(object waitEvent);
    /// <summary>Clears the event.</summary>
    void ResetEvent(object waitEvent);
    /// <summary>Index of the event that ended the wait, or 258 (WaitHandle.WaitTimeout) after <paramref name="timeoutMs"/> (−1: never).</summary>
    int WaitAny(object[] waitEvents, int timeoutMs);
    /// <summary>Makes a timer that calls back on the board's timer thread under the CLR lock. −1 means never / once.</summary>
    object CreateTimer(Action callback, int dueMs, int periodMs);
    /// <summary>Changes a timer.</summary>
    void ChangeTimer(object timer, int dueMs, int periodMs);
    /// <summary>Ends a timer.</summary>
    void DisposeTimer(object timer);
    /// <summary>Runs <paramref name="blocking"/> (real I/O) as a native call that holds the CLR lock or, when <paramref name="releaseLock"/>, lets other threads run meanwhile.</summary>
    void RunBlocking(Action blocking, bool releaseLock);
    /// <summary>Queues a callback on the board's event dispatcher thread (pin changes, network events, MQTT events run there, one after another).</summary>
    void Post(Action callback);
}

/// <summary>The chip's clocks: monotonic since power-up, and the system clock that starts in 1970 and drifts.</summary>
public interface IClocks
{
    /// <summary>Microseconds since power-up by the chip's own crystal (HighResTimer.GetCurrent).</summary>
    ulong MonotonicUs { get; }
    /// <summary>The system clock, UTC, in 100 ns ticks since 0001-01-01.</summary>
    long UtcTicks { get; }
    /// <summary>Sets the system clock; whole seconds, the rest is cut off.</summary>
    bool SetSystemTime(long utcTicks);
    /// <summary>Steps the system clock by that much, microseconds kept (what the chip's SNTP client does with the offset of <see cref="INetwork.QuerySntp"/>).</summary>
    void StepUtc(long offsetUs) => SetSystemTime(UtcTicks + offsetUs * TimeSpan.TicksPerMicrosecond);
}

/// <summary>Pins by GPIO number.</summary>
public interface IPins
{
    /// <summary>Opens a pin; mode 0 input, 1 output, 2 input pull-down, 3 input pull-up. Throws ArgumentException on an input-only pin as output.</summary>
    void Open(int pin, int mode);
    /// <summary>Closes it.</summary>
    void Close(int pin);
    /// <summary>Level of the pin.</summary>
    bool Read(int pin);
    /// <summary>Drives the pin.</summary>
    void Write(int pin, bool high);
    /// <summary>Calls back on the dispatcher at each edge (true = rising), after <paramref name="debounceMs"/>; null ends it.</summary>
    void Watch(int pin, Action<bool>? onEdge, int debounceMs);
    /// <summary>Gives a pin a peripheral function (Configuration.SetPinFunction).</summary>
    void SetFunction(int pin, int deviceFunction);
    /// <summary>The pin with that function, −1 if none.</summary>
    int FunctionPin(int deviceFunction);
    /// <summary>Starts (duty 0..1) or stops (duty 0) PWM.</summary>
    void Pwm(int pin, int frequencyHz, double duty);
    /// <summary>Raw 12-bit reading of ADC1 channel 0..7.</summary>
    int ReadAdc(int channel);
}

/// <summary>Serial buses.</summary>
public interface IBuses
{
    /// <summary>One SPI transaction with chip select low; write first, then read (half duplex). At most 16,384 bytes each.</summary>
    void SpiTransfer(int busId, int chipSelect, int clockHz, int mode, ReadOnlySpan<byte> write, Span<byte> read);
    /// <summary>I2C write then read with stop between; false when not acknowledged.</summary>
    bool I2cTransfer(int busId, int address, ReadOnlySpan<byte> write, Span<byte> read);
    /// <summary>Opens the I2S receiver.</summary>
    void I2sOpen(int busId, int sampleRateHz, int bitsPerSample, int channels, int bufferBytes);
    /// <summary>Fills the span; holds the CLR lock until that much sound has been heard.</summary>
    void I2sRead(int busId, Span<byte> read);
    /// <summary>Closes it.</summary>
    void I2sClose(int busId);
}

/// <summary>An open file of a virtual volume.</summary>
public interface IVolumeFile : IDisposable
{
    /// <summary>Length in bytes.</summary>
    long Length { get; }
    /// <summary>Reads at the offset; fewer bytes at the end. Throws IOException when the card is gone.</summary>
    int Read(long offset, Span<byte> into);
    /// <summary>Writes at the offset and, on the card, syncs without reporting a failed sync. A full card blocks for ever.</summary>
    void Write(long offset, ReadOnlySpan<byte> bytes);
    /// <summary>Syncs; throws IOException when it fails. Only then do the bytes count as written.</summary>
    void Flush();
    /// <summary>Truncates or extends.</summary>
    void SetLength(long length);
}

/// <summary>Volumes. Paths are nanoFramework paths: <c>D:\a\b.mkv</c>, case-insensitive.</summary>
public interface IStorage
{
    /// <summary>Opens; mode 1 CreateNew, 2 Create, 3 Open, 4 OpenOrCreate, 5 Truncate, 6 Append; access 1 read, 2 write, 3 both; share 0 none, 1 read, 2 write, 3 both. Throws IOException on share violation, missing file, five open files.</summary>
    IVolumeFile Open(string path, int mode, int access, int share);
    /// <summary>True when the file exists.</summary>
    bool FileExists(string path);
    /// <summary>True when the folder exists.</summary>
    bool DirectoryExists(string path);
    /// <summary>Makes the folder (one level or more).</summary>
    void CreateDirectory(string path);
    /// <summary>Removes a closed file; IOException when open or missing.</summary>
    void DeleteFile(string path);
    /// <summary>Removes an empty folder.</summary>
    void DeleteDirectory(string path);
    /// <summary>Renames a closed file; IOException when the target exists. Not atomic against a power cut.</summary>
    void MoveFile(string from, string to);
    /// <summary>Full paths of the files in a folder.</summary>
    string[] Files(string path);
    /// <summary>Full paths of the folders in a folder.</summary>
    string[] Directories(string path);
    /// <summary>Mounts the card as D:; false when absent or broken.</summary>
    bool MountCard();
    /// <summary>Unmounts it.</summary>
    void UnmountCard();
    /// <summary>True while the card is mounted and there.</summary>
    bool IsCardMounted { get; }
    /// <summary>True while a card is in the socket.</summary>
    bool IsCardDetected { get; }
    /// <summary>Raised on the dispatcher when a card goes in (true) or out (false).</summary>
    event Action<bool>? CardChanged;
}

/// <summary>The network as the chip sees it.</summary>
public interface INetwork
{
    /// <summary>True when Wi-Fi is joined and has an address.</summary>
    bool IsAvailable { get; }
    /// <summary>Opens a TCP (and TLS) stream whose reads and writes pay link cost and obey link faults. Throws IOException when the link is down, TlsFailureException when the handshake fails.</summary>
    Stream Connect(string host, int port, TlsOptions? tls);
    /// <summary>Asks an SNTP server once; the offset to add to the system clock in microseconds, or null when there is no answer.</summary>
    long? QuerySntp(string server);
    /// <summary>Asks an access point to take the board; waits without the CLR lock. A number of <c>WifiConnectionStatus</c>: 1 invalid credential, 2 not available, 3 success, 5 unspecified (also once after leaving another one, while joining goes on).</summary>
    int Join(string ssid, string password);
    /// <summary>Lets go of the access point and stops trying.</summary>
    void Leave();
    /// <summary>Listens on all channels and calls back on the dispatcher. Throws InvalidOperationException while the station is trying to join.</summary>
    void Scan(Action done);
    /// <summary>What the last scan heard.</summary>
    AccessPoint[] ScanReport();
}

/// <summary>An access point on the air.</summary>
/// <param name="Ssid">Its name, at most 32 bytes of UTF-8.</param>
/// <param name="Password">What it wants to hear.</param>
/// <param name="RssiDbm">Its level at the board.</param>
public sealed record AccessPoint(string Ssid, string Password, int RssiDbm);

/// <summary>PEM texts for mutual TLS.</summary>
/// <param name="CaPem">CA certificate the server must chain to.</param>
/// <param name="ClientCertificatePem">Client certificate, or null.</param>
/// <param name="ClientKeyPem">Its key, or null.</param>
/// <param name="Version">The one version that is spoken: 12 or 13; 0 is either.</param>
public sealed record TlsOptions(string CaPem, string? ClientCertificatePem, string? ClientKeyPem, int Version = 0);

/// <summary>Memory figures and the reset line.</summary>
public interface ISystem
{
    /// <summary>Counts a copy that the real library makes (FileStream, M2Mqtt), so that memory budgets are honest.</summary>
    void CountLibraryCopy(string library, int bytes);
    /// <summary>Total, free and largest free block; type 1 internal, 2 PSRAM.</summary>
    void MemoryInfo(int memoryType, out uint totalBytes, out uint freeBytes, out uint largestBytes);
    /// <summary>Restarts the chip: the calling thread never returns.</summary>
    void Reboot();
    /// <summary>One line on the serial console.</summary>
    void Console(string line);
}
