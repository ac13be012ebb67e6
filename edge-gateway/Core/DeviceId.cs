using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace BodyCam.Core;

/// <summary>A recorder's identity: <c>[a-z0-9][a-z0-9-]{2,31}</c> (protocol §1). Safe as a folder name and as a topic level, by construction.</summary>
public readonly record struct DeviceId
{
    /// <summary>Bytes of the fixed field that carries it in binary structures, zero-padded ASCII.</summary>
    public const int FieldBytes = 32;

    private readonly string? text;

    private DeviceId(string text) => this.text = text;

    /// <summary>The text; never null, empty for the default value.</summary>
    public string Text => text ?? "";

    /// <inheritdoc/>
    public override string ToString() => Text;

    /// <summary>True when <paramref name="text"/> is a device id; then <paramref name="id"/> is it.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out DeviceId id)
    {
        id = default;
        if (text is null || text.Length is < 3 or > FieldBytes || text[0] == '-')
            return false;
        foreach (var letter in text)
        {
            if (letter is not (>= 'a' and <= 'z' or >= '0' and <= '9' or '-'))
                return false;
        }

        id = new DeviceId(text);
        return true;
    }

    /// <summary>The device id of a trusted text.</summary>
    /// <exception cref="FormatException">The text is not a device id.</exception>
    public static DeviceId Parse(string text) =>
        TryParse(text, out var id) ? id : throw new FormatException($"'{text}' is not a device id: use 3 to 32 of a-z, 0-9 and '-', not starting with '-'.");

    /// <summary>Reads the 32-byte field; false when it is not a device id followed by zeros.</summary>
    public static bool TryRead(ReadOnlySpan<byte> field, out DeviceId id)
    {
        id = default;
        if (field.Length != FieldBytes)
            return false;
        var end = field.IndexOf((byte)0);
        if (end < 0)
            end = FieldBytes;
        return !field[end..].ContainsAnyExcept((byte)0) && TryParse(Encoding.ASCII.GetString(field[..end]), out id);
    }

    /// <summary>Writes the 32-byte field.</summary>
    public void Write(Span<byte> field)
    {
        field[..FieldBytes].Clear();
        Encoding.ASCII.GetBytes(Text, field);
    }
}
