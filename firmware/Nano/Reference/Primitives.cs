namespace System
{
    public struct Void { }

    public struct Boolean
    {
        private bool _value;
        public static readonly string FalseString;
        public static readonly string TrueString;
        public override string ToString() => throw null;
    }

    public struct Byte
    {
        private byte _value;
        public const byte MaxValue = 0xFF;
        public const byte MinValue = 0;
        public override string ToString() => throw null;
        public string ToString(string format) => throw null;
        public static byte Parse(string s) => throw null;
        public static bool TryParse(string s, out byte result) => throw null;
    }

    public struct SByte
    {
        private sbyte _value;
        public const sbyte MaxValue = 0x7F;
        public const sbyte MinValue = -0x80;
        public override string ToString() => throw null;
        public string ToString(string format) => throw null;
        public static sbyte Parse(string s) => throw null;
        public static bool TryParse(string s, out sbyte result) => throw null;
    }

    public struct Char
    {
        private char _value;
        public const char MaxValue = (char)0xFFFF;
        public const char MinValue = (char)0;
        public override string ToString() => throw null;
    }

    public struct Int16
    {
        private short _value;
        public const short MaxValue = 0x7FFF;
        public const short MinValue = -0x8000;
        public override string ToString() => throw null;
        public string ToString(string format) => throw null;
        public static short Parse(string s) => throw null;
        public static bool TryParse(string s, out short result) => throw null;
    }

    public struct UInt16
    {
        private ushort _value;
        public const ushort MaxValue = 0xFFFF;
        public const ushort MinValue = 0;
        public override string ToString() => throw null;
        public string ToString(string format) => throw null;
        public static ushort Parse(string s) => throw null;
        public static bool TryParse(string s, out ushort result) => throw null;
    }

    public struct Int32
    {
        private int _value;
        public const int MaxValue = 0x7FFFFFFF;
        public const int MinValue = -0x7FFFFFFF - 1;
        public override string ToString() => throw null;
        public string ToString(string format) => throw null;
        public static int Parse(string s) => throw null;
        public static bool TryParse(string s, out int result) => throw null;
    }

    public struct UInt32
    {
        private uint _value;
        public const uint MaxValue = 0xFFFFFFFF;
        public const uint MinValue = 0;
        public override string ToString() => throw null;
        public string ToString(string format) => throw null;
        public static uint Parse(string s) => throw null;
        public static bool TryParse(string s, out uint result) => throw null;
    }

    public struct Int64
    {
        private long _value;
        public const long MaxValue = 0x7FFFFFFFFFFFFFFFL;
        public const long MinValue = -0x7FFFFFFFFFFFFFFFL - 1;
        public override string ToString() => throw null;
        public string ToString(string format) => throw null;
        public static long Parse(string s) => throw null;
        public static bool TryParse(string s, out long result) => throw null;
    }

    public struct UInt64
    {
        private ulong _value;
        public const ulong MaxValue = 0xFFFFFFFFFFFFFFFFUL;
        public const ulong MinValue = 0;
        public override string ToString() => throw null;
        public string ToString(string format) => throw null;
        public static ulong Parse(string s) => throw null;
        public static bool TryParse(string s, out ulong result) => throw null;
    }

    public struct Single
    {
        private float _value;
        public const float MaxValue = 3.40282346638528859e+38f;
        public const float MinValue = -3.40282346638528859e+38f;
        public const float NaN = 0.0f / 0.0f;
        public static bool IsNaN(float f) => throw null;
        public static bool IsInfinity(float f) => throw null;
        public static float Parse(string s) => throw null;
        public static bool TryParse(string s, out float result) => throw null;
        public override string ToString() => throw null;
        public string ToString(string format) => throw null;
    }

    public struct Double
    {
        private double _value;
        public const double MaxValue = 1.7976931348623157E+308;
        public const double MinValue = -1.7976931348623157E+308;
        public const double NaN = 0.0 / 0.0;
        public static bool IsNaN(double d) => throw null;
        public static bool IsInfinity(double d) => throw null;
        public static double Parse(string s) => throw null;
        public static bool TryParse(string s, out double result) => throw null;
        public override string ToString() => throw null;
        public string ToString(string format) => throw null;
    }

    public struct IntPtr { }

    public struct UIntPtr { }

    // The compiler wants the type to exist; nothing on the chip computes with it.
    public struct Decimal { }
}
