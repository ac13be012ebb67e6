namespace BodyCam.VirtualBoard;

/// <summary>The part of the board that wires the parts to the chip.</summary>
public sealed partial class Board
{
    /// <inheritdoc/>
    public IPins Pins => throw new NotSupportedException();

    /// <inheritdoc/>
    public IBuses Buses => throw new NotSupportedException();

    /// <inheritdoc/>
    public INetwork Network => throw new NotSupportedException();

    /// <inheritdoc/>
    public ISystem System => throw new NotSupportedException();

    private void MakeParts()
    {
    }

    private void PowerUpPartsNeedsLock()
    {
    }

    private void PowerDownPartsNeedsLock()
    {
    }

    private void Record(string what)
    {
    }
}
