namespace BodyCam.VirtualBoard;

/// <summary>Unwinds a firmware thread whose power was cut, once its run is released. Never seen by a running recorder.</summary>
internal sealed class PowerLossException : Exception
{
    internal PowerLossException() : base("The board has no power; this thread ends.")
    {
    }
}
