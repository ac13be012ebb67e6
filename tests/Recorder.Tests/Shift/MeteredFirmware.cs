using System.Reflection;
using BodyCam.Nano.Host;
using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.Cecil.Rocks;
using FieldAttributes = Mono.Cecil.FieldAttributes;
using MethodAttributes = Mono.Cecil.MethodAttributes;
using TypeAttributes = Mono.Cecil.TypeAttributes;

namespace BodyCam.Recorder.Tests;

/// <summary>The shipped firmware with a counter before everything in it that makes a new object: new, arrays, boxing, and library members that hand out a new array or text.</summary>
internal sealed class MeteredFirmware : IDisposable
{
    private const string MeterType = "BodyCam.Firmware.AllocationMeter";

    // Head of an object on the chip: type and list links.
    private const int ObjectBytes = 24;

    private readonly string folder = Path.Combine(Path.GetTempPath(), "bodycam-metered-" + Path.GetRandomFileName());
    private readonly List<string> sites = [];
    private FirmwareHost? host;
    private int[] counts = [];
    private long[] bytes = [];
    private int[] largest = [];

    public MeteredFirmware()
    {
        var shipped = Path.GetDirectoryName(VirtualRecorder.Recorder.FirmwarePath)!;
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.EnumerateFiles(shipped))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        var target = Path.Combine(folder, Path.GetFileName(VirtualRecorder.Recorder.FirmwarePath));
        using var module = ModuleDefinition.ReadModule(VirtualRecorder.Recorder.FirmwarePath);
        Instrument(module);
        module.Write(target);
        AssemblyPath = target;
    }

    public string AssemblyPath { get; }

    /// <summary>Largest single array that our code made, bytes.</summary>
    public int LargestBytes => largest.Max();

    /// <summary>Makes the bench run this firmware.</summary>
    public void Load(Bench bench) => bench.Board.Firmware = () =>
    {
        host = FirmwareHost.Load(AssemblyPath, bench.Board);
        var meter = host.Firmware.GetType(MeterType, throwOnError: true)!;
        counts = (int[])meter.GetField("Counts", BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!;
        bytes = (long[])meter.GetField("Bytes", BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!;
        largest = (int[])meter.GetField("Largest", BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!;
        return host.Entry("BodyCam.Firmware.Program", "Main");
    };

    /// <summary>Counts and bytes until now, by site.</summary>
    public Dictionary<string, (int Count, long Bytes)> Read()
    {
        var all = new Dictionary<string, (int Count, long Bytes)>(StringComparer.Ordinal);
        for (var index = 0; index < sites.Count; index++)
        {
            var (count, sum) = all.GetValueOrDefault(sites[index]);
            all[sites[index]] = (count + counts[index], sum + bytes[index] + (counts[index] * (long)ObjectBytes));
        }
        return all;
    }

    public void Dispose()
    {
        host?.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private void Instrument(ModuleDefinition module)
    {
        var int32 = module.GetTypeReferences().First(static type => type.FullName == "System.Int32");
        var int64 = module.GetTypeReferences().FirstOrDefault(static type => type.FullName == "System.Int64") ?? new TypeReference("System", "Int64", module, int32.Scope, valueType: true);
        var anyClass = module.Types.First(static type => type is { IsClass: true, IsValueType: false, BaseType.FullName: "System.Object" });
        var methods = module.GetAllTypes().SelectMany(static type => type.Methods).Where(static method => method.HasBody).ToList();
        var meter = new TypeDefinition("BodyCam.Firmware", "AllocationMeter", TypeAttributes.Public | TypeAttributes.Abstract | TypeAttributes.Sealed | TypeAttributes.Class, anyClass.BaseType);
        module.Types.Add(meter);
        var countField = Add(meter, "Counts", int32);
        var bytesField = Add(meter, "Bytes", int64);
        var largestField = Add(meter, "Largest", int32);
        var hit = new MethodDefinition("Hit", MethodAttributes.Public | MethodAttributes.Static, module.TypeSystem.Void);
        hit.Parameters.Add(new ParameterDefinition(module.TypeSystem.Int32));
        Emit(hit, il => Increment(il, countField, OpCodes.Ldarg_0));
        meter.Methods.Add(hit);
        // Length stays on the stack: HitArray(length, index, elementBytes) gives it back.
        var hitArray = new MethodDefinition("HitArray", MethodAttributes.Public | MethodAttributes.Static, module.TypeSystem.Int32);
        for (var i = 0; i < 3; i++)
            hitArray.Parameters.Add(new ParameterDefinition(module.TypeSystem.Int32));
        Emit(hitArray, il =>
        {
            Increment(il, countField, OpCodes.Ldarg_1);
            // Bytes[index] += length * elementBytes
            il.Emit(OpCodes.Ldsfld, bytesField);
            il.Emit(OpCodes.Ldarg_1);
            il.Emit(OpCodes.Ldelema, int64);
            il.Emit(OpCodes.Dup);
            il.Emit(OpCodes.Ldind_I8);
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Ldarg_2);
            il.Emit(OpCodes.Mul);
            il.Emit(OpCodes.Conv_I8);
            il.Emit(OpCodes.Add);
            il.Emit(OpCodes.Stind_I8);
            // Largest[index] = max(Largest[index], length * elementBytes)
            var smaller = il.Create(OpCodes.Nop);
            il.Emit(OpCodes.Ldsfld, largestField);
            il.Emit(OpCodes.Ldarg_1);
            il.Emit(OpCodes.Ldelem_I4);
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Ldarg_2);
            il.Emit(OpCodes.Mul);
            il.Emit(OpCodes.Bge, smaller);
            il.Emit(OpCodes.Ldsfld, largestField);
            il.Emit(OpCodes.Ldarg_1);
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Ldarg_2);
            il.Emit(OpCodes.Mul);
            il.Emit(OpCodes.Stelem_I4);
            il.Append(smaller);
            il.Emit(OpCodes.Ldarg_0);
        });
        meter.Methods.Add(hitArray);
        foreach (var method in methods)
            Instrument(method, hit, hitArray);
        var begin = new MethodDefinition(".cctor", MethodAttributes.Private | MethodAttributes.Static | MethodAttributes.SpecialName | MethodAttributes.RTSpecialName, module.TypeSystem.Void);
        Emit(begin, il =>
        {
            foreach (var (field, type) in (ReadOnlySpan<(FieldDefinition, TypeReference)>)[(countField, int32), (bytesField, int64), (largestField, int32)])
            {
                il.Emit(OpCodes.Ldc_I4, sites.Count);
                il.Emit(OpCodes.Newarr, type);
                il.Emit(OpCodes.Stsfld, field);
            }
        });
        meter.Methods.Add(begin);
    }

    private void Instrument(MethodDefinition method, MethodReference hit, MethodReference hitArray)
    {
        var found = method.Body.Instructions.Where(instruction => What(instruction) is not null).ToList();
        if (found.Count == 0)
            return;
        method.Body.SimplifyMacros();
        var il = method.Body.GetILProcessor();
        foreach (var instruction in found)
        {
            var index = sites.Count;
            sites.Add($"{method.DeclaringType.FullName["BodyCam.Firmware.".Length..]}.{method.Name}: {What(instruction)}");
            // Jumps to the instruction must come to the counter: it takes the instruction's place.
            var place = instruction.Previous?.OpCode.Code == Code.Constrained ? instruction.Previous : instruction;
            var moved = il.Create(OpCodes.Nop);
            (moved.OpCode, moved.Operand) = (place.OpCode, place.Operand);
            (place.OpCode, place.Operand) = (OpCodes.Ldc_I4, index);
            il.InsertAfter(place, moved);
            if (moved.OpCode.Code == Code.Newarr)
            {
                var size = il.Create(OpCodes.Ldc_I4, SizeOf((TypeReference)moved.Operand));
                il.InsertBefore(moved, size);
                il.InsertAfter(size, il.Create(OpCodes.Call, hitArray));
            }
            else
            {
                il.InsertBefore(moved, il.Create(OpCodes.Call, hit));
            }
        }
        method.Body.OptimizeMacros();
    }

    private static FieldDefinition Add(TypeDefinition meter, string name, TypeReference element)
    {
        var field = new FieldDefinition(name, FieldAttributes.Public | FieldAttributes.Static, new ArrayType(element));
        meter.Fields.Add(field);
        return field;
    }

    private static void Emit(MethodDefinition method, Action<ILProcessor> body)
    {
        var il = method.Body.GetILProcessor();
        body(il);
        il.Emit(OpCodes.Ret);
    }

    private static void Increment(ILProcessor il, FieldReference field, OpCode index)
    {
        il.Emit(OpCodes.Ldsfld, field);
        il.Emit(index);
        il.Emit(OpCodes.Ldelema, ((ArrayType)field.FieldType).ElementType);
        il.Emit(OpCodes.Dup);
        il.Emit(OpCodes.Ldind_I4);
        il.Emit(OpCodes.Ldc_I4_1);
        il.Emit(OpCodes.Add);
        il.Emit(OpCodes.Stind_I4);
    }

    private static int SizeOf(TypeReference element) => element.FullName switch
    {
        "System.Byte" or "System.Boolean" => 1,
        "System.Int16" or "System.UInt16" or "System.Char" => 2,
        "System.Int64" or "System.UInt64" or "System.Double" => 8,
        _ => 4,
    };

    private static string? What(Instruction instruction) => instruction.OpCode.Code switch
    {
        Code.Newarr => $"{((TypeReference)instruction.Operand).Name}[]",
        Code.Box => $"boxed {((TypeReference)instruction.Operand).Name}",
        Code.Newobj when instruction.Operand is MethodReference made && !made.DeclaringType.IsValueType && made.DeclaringType.Name is not ("SpanByte" or "DateTime" or "TimeSpan" or "PinValue") => made.DeclaringType.Name,
        Code.Call or Code.Callvirt when instruction.Operand is MethodReference called && called.DeclaringType.Scope is AssemblyNameReference && IsNew(called) => $"{called.DeclaringType.Name}.{called.Name}",
        _ => null,
    };

    // Library members that hand out something new; getters hand out what is there.
    private static bool IsNew(MethodReference called) =>
        called.ReturnType.FullName is "System.String" or "System.Byte[]" or "System.String[]" or "System.Object[]" && !called.Name.StartsWith("get_", StringComparison.Ordinal);
}
