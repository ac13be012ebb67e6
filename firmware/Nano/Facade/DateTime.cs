using System.Globalization;
using BodyCam.Nano.Hosting;

namespace System
{
    /// <summary>Always UTC; reads the board's system clock, and has the Unix-seconds members that .NET's type lacks.</summary>
    public readonly struct DateTime : IComparable
    {
        private const long TicksMax = 3_155_378_975_999_999_999;
        private const long UnixEpochTicks = 621_355_968_000_000_000;
        public static readonly DateTime MinValue = new DateTime(0L);
        public static readonly DateTime MaxValue = new DateTime(TicksMax);
        public static readonly DateTime UnixEpoch = new DateTime(UnixEpochTicks);

        private readonly long _ticks;

        public DateTime(long ticks)
        {
            if (ticks < 0 || ticks > TicksMax)
            {
                throw new ArgumentOutOfRangeException(nameof(ticks));
            }

            _ticks = ticks;
        }

        public DateTime(int year, int month, int day) : this(year, month, day, 0, 0, 0, 0) { }

        public DateTime(int year, int month, int day, int hour, int minute, int second) : this(year, month, day, hour, minute, second, 0) { }

        public DateTime(int year, int month, int day, int hour, int minute, int second, int millisecond) =>
            _ticks = new DateTimeOffset(year, month, day, hour, minute, second, millisecond, TimeSpan.Zero).Ticks;

        public static DateTime UtcNow => new DateTime(HostBoard.Native.Clocks.UtcTicks);

        public long Ticks => _ticks;

        public int Year => Calendar.Year;

        public int Month => Calendar.Month;

        public int Day => Calendar.Day;

        public int Hour => Calendar.Hour;

        public int Minute => Calendar.Minute;

        public int Second => Calendar.Second;

        public int Millisecond => Calendar.Millisecond;

        public DateTime Date => new DateTime(_ticks - (_ticks % TimeSpan.TicksPerDay));

        public DayOfWeek DayOfWeek => Calendar.DayOfWeek;

        public int DayOfYear => Calendar.DayOfYear;

        public TimeSpan TimeOfDay => new TimeSpan(_ticks % TimeSpan.TicksPerDay);

        private DateTimeOffset Calendar => new DateTimeOffset(_ticks, TimeSpan.Zero);

        public static DateTime operator +(DateTime d, TimeSpan t) => d.AddTicks(t.Ticks);

        public static DateTime operator -(DateTime d, TimeSpan t) => d.AddTicks(-t.Ticks);

        public static TimeSpan operator -(DateTime d1, DateTime d2) => new TimeSpan(d1._ticks - d2._ticks);

        public static bool operator ==(DateTime d1, DateTime d2) => d1._ticks == d2._ticks;

        public static bool operator !=(DateTime t1, DateTime t2) => t1._ticks != t2._ticks;

        public static bool operator <(DateTime t1, DateTime t2) => t1._ticks < t2._ticks;

        public static bool operator <=(DateTime t1, DateTime t2) => t1._ticks <= t2._ticks;

        public static bool operator >(DateTime t1, DateTime t2) => t1._ticks > t2._ticks;

        public static bool operator >=(DateTime t1, DateTime t2) => t1._ticks >= t2._ticks;

        public static int Compare(DateTime t1, DateTime t2) => t1._ticks.CompareTo(t2._ticks);

        public static int DaysInMonth(int year, int month) => CultureInfo.InvariantCulture.Calendar.GetDaysInMonth(year, month);

        public static DateTime FromUnixTimeSeconds(long seconds) => new DateTime(UnixEpochTicks + (seconds * TimeSpan.TicksPerSecond));

        public static bool Equals(DateTime t1, DateTime t2) => t1._ticks == t2._ticks;

        public long ToUnixTimeSeconds() => (_ticks / TimeSpan.TicksPerSecond) - (UnixEpochTicks / TimeSpan.TicksPerSecond);

        public DateTime Add(TimeSpan val) => AddTicks(val.Ticks);

        public DateTime AddDays(double val) => AddScaled(val, TimeSpan.TicksPerDay);

        public DateTime AddHours(double val) => AddScaled(val, TimeSpan.TicksPerHour);

        public DateTime AddMilliseconds(double val) => AddScaled(val, TimeSpan.TicksPerMillisecond);

        public DateTime AddMinutes(double val) => AddScaled(val, TimeSpan.TicksPerMinute);

        public DateTime AddSeconds(double val) => AddScaled(val, TimeSpan.TicksPerSecond);

        public DateTime AddTicks(long val) => new DateTime(_ticks + val);

        public TimeSpan Subtract(DateTime val) => this - val;

        public DateTime Subtract(TimeSpan val) => this - val;

        public int CompareTo(object val) => val == null ? 1 : _ticks.CompareTo(((DateTime)val)._ticks);

        public override bool Equals(object obj) => obj is DateTime other && other._ticks == _ticks;

        public override int GetHashCode() => _ticks.GetHashCode();

        public override string ToString() => ToString("MM/dd/yyyy HH:mm:ss");

        public string ToString(string format) => Calendar.ToString(format, CultureInfo.InvariantCulture);

        // The chip rounds the added time to whole milliseconds, half away from zero.
        private DateTime AddScaled(double val, long ticksPerUnit) =>
            AddTicks((long)((val * ((double)ticksPerUnit / TimeSpan.TicksPerMillisecond)) + (val >= 0 ? 0.5 : -0.5)) * TimeSpan.TicksPerMillisecond);
    }
}
