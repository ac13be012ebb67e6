namespace BodyCam.VirtualBoard;

/// <summary>A part on the I2C bus. Called under the gate.</summary>
internal interface II2cPart
{
    /// <summary>Takes a write; false when the part does not acknowledge.</summary>
    bool Write(ReadOnlySpan<byte> bytes);

    /// <summary>Gives bytes from the register that the last write pointed to.</summary>
    bool Read(Span<byte> bytes);
}
