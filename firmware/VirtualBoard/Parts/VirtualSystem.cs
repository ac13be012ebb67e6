namespace BodyCam.VirtualBoard;

/// <summary>Memory figures, counted copies, console and reset.</summary>
internal sealed class VirtualSystem(Kernel kernel, Microphone microphone, Action reboot) : ISystem
{
    private const int LinesMax = 10_000;

    internal Dictionary<string, (long Copies, long Bytes)> Copies { get; } = new(StringComparer.Ordinal);
    internal Queue<string> Lines { get; } = new();
    internal Action<string>? LineWritten { get; set; }

    public void CountLibraryCopy(string library, int bytes)
    {
        using NativeCall call = kernel.Enter();
        (long copies, long sum) = Copies.GetValueOrDefault(library);
        Copies[library] = (copies + 1, sum + bytes);
    }

    public void MemoryInfo(int memoryType, out uint totalBytes, out uint freeBytes, out uint largestBytes)
    {
        using NativeCall call = kernel.Enter();
        // Figures of a WROVER-E with the stock image: about 4 MB of PSRAM mapped, most of it the managed heap; Wi-Fi is in the internal figure, the sound's DMA is taken off it.
        (totalBytes, freeBytes, largestBytes) = memoryType == 2 ? (4_194_264u, 1_900_000u, 1_835_008u) : (290_000u, 118_000u - (uint)microphone.DmaBytesNeedsLock, 69_632u);
        largestBytes = Math.Min(largestBytes, freeBytes);
    }

    public void Reboot()
    {
        using NativeCall call = kernel.Enter();
        reboot();
        kernel.ParkIfCutNeedsLock(call.Thread);
    }

    public void Console(string line)
    {
        using NativeCall call = kernel.Enter();
        if (Lines.Count == LinesMax) Lines.Dequeue();
        Lines.Enqueue(line);
        LineWritten?.Invoke(line);
    }
}
