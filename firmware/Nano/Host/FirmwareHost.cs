using System.Globalization;
using System.Reflection;
using BodyCam.VirtualBoard;

namespace BodyCam.Nano.Host;

/// <summary>Runs a compiled firmware assembly, unchanged, on a board.</summary>
/// <remarks>One instance per power-up: statics of the firmware live until the instance is unloaded.</remarks>
public sealed class FirmwareHost : IDisposable
{
    private readonly FirmwareLoadContext _context;
    private readonly INativeCalls _native;

    private FirmwareHost(FirmwareLoadContext context, Assembly firmware, INativeCalls native)
    {
        _context = context;
        _native = native;
        Firmware = firmware;
    }

    /// <summary>The firmware assembly of this recorder, for tests that look inside.</summary>
    public Assembly Firmware { get; }

    /// <summary>Loads the assembly into a context of its own with a fresh facade attached to <paramref name="native"/>; nothing has run yet.</summary>
    /// <param name="firmwareAssemblyPath">The compiled firmware; the assemblies it needs lie in the same folder.</param>
    /// <param name="native">The board; one per recorder.</param>
    /// <exception cref="FileNotFoundException">The firmware, or <c>facade/BodyCam.Nano.dll</c> in the host's folder, is missing: build both.</exception>
    public static FirmwareHost Load(string firmwareAssemblyPath, INativeCalls native)
    {
        string firmwarePath = Path.GetFullPath(firmwareAssemblyPath);
        string facadePath = Path.Combine(AppContext.BaseDirectory, "facade", FirmwareLoadContext.FacadeName + ".dll");
        if (!File.Exists(facadePath))
            throw new FileNotFoundException("The facade is missing; build the project BodyCam.Nano.Host.", facadePath);
        if (!File.Exists(firmwarePath))
            throw new FileNotFoundException("The firmware is missing; build it first.", firmwarePath);

        var context = new FirmwareLoadContext(Path.GetDirectoryName(firmwarePath)!, facadePath);
        Assembly facade = context.LoadFromAssemblyPath(facadePath);
        facade.GetType("BodyCam.Nano.Hosting.HostBoard", throwOnError: true)!
            .GetMethod("Attach", BindingFlags.Public | BindingFlags.Static)!
            .Invoke(null, [native]);
        return new FirmwareHost(context, context.LoadFromAssemblyPath(firmwarePath), native);
    }

    /// <summary>The firmware's entry, ready to hand to a board's Boot.</summary>
    /// <param name="typeName">Full name of the type, such as <c>BodyCam.App.Program</c>.</param>
    /// <param name="methodName">Static, void, no parameters; may be private.</param>
    /// <exception cref="MissingMethodException">There is no such method.</exception>
    public Action Entry(string typeName, string methodName)
    {
        MethodInfo entry = Firmware.GetType(typeName, throwOnError: true)!
            .GetMethod(methodName, BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static, Type.EmptyTypes)
            ?? throw new MissingMethodException(typeName, methodName);
        Action run = entry.CreateDelegate<Action>();
        return () =>
        {
            CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
            run();
        };
    }

    /// <summary>Starts <see cref="Entry"/> as a thread of the board; the first one started is thread 1, main.</summary>
    /// <returns>The scheduler's thread handle, for Join and IsAlive.</returns>
    public object Start(string typeName, string methodName) => _native.Scheduler.StartThread(Entry(typeName, methodName), "main");

    /// <summary>Lets the firmware's code be collected once its threads have ended; cut the board's power first.</summary>
    public void Dispose() => _context.Unload();
}
