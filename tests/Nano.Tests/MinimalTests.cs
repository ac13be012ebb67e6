using Mono.Cecil;

namespace BodyCam.Nano.Tests;

/// <summary>The reference library declares what somebody uses: a type that nobody needs is one more that nobody has read.</summary>
public class MinimalTests
{
    // Read in their sources and kept for what they tell: each with its reason.
    private static readonly Dictionary<string, string> Kept = new(StringComparer.Ordinal)
    {
        ["System.ArgumentNullException"] = "thrown by libraries; a catch may name it",
        ["System.FormatException"] = "thrown by libraries; a catch may name it",
        ["System.IndexOutOfRangeException"] = "thrown by the interpreter; a catch may name it",
        ["System.InvalidCastException"] = "thrown by the interpreter; a catch may name it",
        ["System.NullReferenceException"] = "thrown by the interpreter; a catch may name it",
        ["System.OutOfMemoryException"] = "thrown by the interpreter; a catch may name it",
        ["System.TimeoutException"] = "thrown by libraries; a catch may name it",
        ["System.NotImplementedException"] = "thrown by libraries; a catch may name it",
        ["System.NotSupportedException"] = "thrown by libraries; a catch may name it",
        ["nanoFramework.M2Mqtt.Exceptions.MqttClientException"] = "thrown by libraries; a catch may name it",
        ["nanoFramework.M2Mqtt.Exceptions.MqttCommunicationException"] = "thrown by libraries; a catch may name it",
        ["nanoFramework.M2Mqtt.Exceptions.MqttConnectionException"] = "thrown by libraries; a catch may name it",
        ["System.Console"] = "serial lines of the self-test",
        ["System.Convert"] = "base 64 of keys",
        ["System.Random"] = "seeded only",
        ["System.GC"] = "finalizers of libraries",
        ["System.Threading.Interlocked"] = "counters without a lock",
        ["System.Threading.ManualResetEvent"] = "waits of more than one thread",
        ["System.Threading.ThreadPriority"] = "of Thread",
        ["System.Threading.Timeout"] = "names of endless waits",
        ["System.Diagnostics.Debug"] = "vanishes in release builds; the gate looks for it",
        ["nanoFramework.Hardware.Esp32.Sleep"] = "wake by button",
        ["nanoFramework.Hardware.Esp32.Sleep/WakeupMode"] = "wake by button",
        ["nanoFramework.Hardware.Esp32.Sleep/WakeupCause"] = "wake by button",
        ["nanoFramework.Hardware.Esp32.Sleep/WakeupGpioPin"] = "wake by button",
        ["nanoFramework.Hardware.Esp32.EspNativeError"] = "wake by button",
        ["nanoFramework.Hardware.Esp32.NativeMemory"] = "heap figures of the self-test",
        ["nanoFramework.Hardware.Esp32.NativeMemory/MemoryType"] = "heap figures of the self-test",
        ["nanoFramework.Runtime.Native.GC"] = "heap figures",
        ["nanoFramework.Runtime.Native.SystemInfo"] = "name of the image",
        ["System.Version"] = "name of the image",
        ["nanoFramework.M2Mqtt.MqttSettings"] = "its queue must be left alone",
        ["nanoFramework.M2Mqtt.MqttProtocolVersion"] = "3.1.1 by default",
        ["nanoFramework.System.IO.StorageEventManager"] = "card detect, on boards that wire it",
        ["nanoFramework.System.IO.RemovableDeviceEvent"] = "card detect, on boards that wire it",
        ["nanoFramework.System.IO.RemovableDriveEventArgs"] = "card detect, on boards that wire it",
        ["nanoFramework.System.IO.RemovableDeviceEventHandler"] = "card detect, on boards that wire it",
        ["nanoFramework.System.IO.CardDetectState"] = "card detect, on boards that wire it",
        ["nanoFramework.System.IO.CardDetectChangedEventArgs"] = "card detect, on boards that wire it",
        ["nanoFramework.System.IO.FileSystem.CardDetectStateEventHandler"] = "card detect, on boards that wire it",
    };

    [Fact]
    public void Every_declared_type_is_used_needed_by_the_compiler_or_kept_for_a_reason_given_here()
    {
        HashSet<string> used = [.. Used(Files.Firmware), .. Used(Files.Hazards), .. Mentioned()];
        string[] spare = [.. ReferenceSurface.Types().Where(type => !used.Contains(type.FullName) && !CompilerNeeds(type)).Select(type => type.FullName).Except(Kept.Keys)];
        Assert.True(spare.Length == 0, string.Join('\n', spare.Prepend("Used by nobody; remove them from firmware/Nano/Reference, the facade and api.tsv:")));
    }

    [Fact]
    public void Nothing_is_kept_that_is_not_declared() =>
        Assert.Empty(Kept.Keys.Except(ReferenceSurface.Types().Select(type => type.FullName)));

    // Types of the members that used types have: a parameter, a result, a base, an interface.
    private static IEnumerable<string> Mentioned()
    {
        foreach (TypeDefinition type in ReferenceSurface.Types())
        {
            if (type.BaseType is { } parent) yield return parent.FullName;
            foreach (InterfaceImplementation implemented in type.Interfaces) yield return implemented.InterfaceType.FullName;
            foreach (MethodDefinition method in ReferenceSurface.Methods(type))
            {
                yield return method.ReturnType.FullName;
                foreach (ParameterDefinition parameter in method.Parameters) yield return parameter.ParameterType.FullName.TrimEnd('&').Replace("[]", string.Empty, StringComparison.Ordinal);
            }
        }
    }

    private static IEnumerable<string> Used(string assembly)
    {
        using var module = ModuleDefinition.ReadModule(assembly);
        foreach (MemberReference member in module.GetMemberReferences()) yield return member.DeclaringType.FullName;
        foreach (TypeReference type in module.GetTypeReferences()) yield return type.FullName;
    }

    // Keywords, attributes, and what the compiler asks for by name.
    private static bool CompilerNeeds(TypeDefinition type) =>
        type.Namespace == "System.Runtime.CompilerServices" || type.FullName.StartsWith("System.Reflection.", StringComparison.Ordinal) || type.Name.EndsWith("Attribute", StringComparison.Ordinal)
        || type.FullName is "System.Decimal" or "System.IntPtr" or "System.UIntPtr" or "System.Single" or "System.Double" or "System.SByte" or "System.Int16" or "System.UInt16" or "System.RuntimeMethodHandle"
            or "System.RuntimeTypeHandle" or "System.RuntimeFieldHandle" or "System.AttributeTargets" or "System.MulticastDelegate" or "System.IDisposable" or "System.Threading.Monitor" or "System.EventHandler";
}
