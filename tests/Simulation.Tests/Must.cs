using System.Runtime.CompilerServices;

namespace BodyCam.Simulation.Tests;

/// <summary>What must hold; the words for what does not are made only then.</summary>
internal static class Must
{
    /// <summary>Goes on when it holds.</summary>
    /// <exception cref="InvalidOperationException">It does not.</exception>
    public static void Require(bool holds, [InterpolatedStringHandlerArgument(nameof(holds))] ref Otherwise otherwise)
    {
        if (!holds)
            throw new InvalidOperationException(otherwise.ToString());
    }

    /// <summary>Goes on when it holds.</summary>
    /// <exception cref="InvalidOperationException">It does not.</exception>
    public static void Require(bool holds, string otherwise)
    {
        if (!holds)
            throw new InvalidOperationException(otherwise);
    }

    /// <summary>Text that is put together only when something does not hold.</summary>
    [InterpolatedStringHandler]
    public ref struct Otherwise
    {
        private DefaultInterpolatedStringHandler text;

        public Otherwise(int literalLength, int formattedCount, bool holds, out bool isWanted)
        {
            isWanted = !holds;
            if (isWanted)
                text = new DefaultInterpolatedStringHandler(literalLength, formattedCount, System.Globalization.CultureInfo.InvariantCulture);
        }

        public void AppendLiteral(string value) => text.AppendLiteral(value);

        public void AppendFormatted<T>(T value) => text.AppendFormatted(value);

        public override string ToString() => text.ToStringAndClear();
    }
}
