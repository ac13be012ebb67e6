using System.Reflection;
using System.Runtime.InteropServices;

namespace BodyCam.Catalog;

/// <summary>Finds the SQLite library: the system's libsqlite3.so.0, else the older e_sqlite3 that is shipped beside the program.</summary>
public static class SqliteLibrary
{
    private static readonly Lock gate = new();
    private static bool ready;

    /// <summary>Loads it once.</summary>
    /// <exception cref="InvalidOperationException">There is none; the message says what to install.</exception>
    public static void Load()
    {
        lock (gate)
        {
            if (ready)
                return;
            NativeLibrary.SetDllImportResolver(typeof(SQLitePCL.SQLite3Provider_e_sqlite3).Assembly, Resolve);
            try
            {
                SQLitePCL.raw.SetProvider(new SQLitePCL.SQLite3Provider_e_sqlite3());
                ready = SQLitePCL.raw.sqlite3_libversion_number() > 0;
            }
            catch (DllNotFoundException failure)
            {
                throw new InvalidOperationException("SQLite is missing: install libsqlite3-0 and run this again.", failure);
            }
        }
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) =>
        NativeLibrary.TryLoad("libsqlite3.so.0", out var handle) || NativeLibrary.TryLoad(name, assembly, path, out handle) ? handle : 0;
}
