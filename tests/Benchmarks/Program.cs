using System.Globalization;
using System.Text.Json;
using BenchmarkDotNet.Running;
using BodyCam.Bench.Growth;

// growth FOLDER SEGMENTS[,SEGMENTS…]: grows a station and prints the report; anything else goes to BenchmarkDotNet (--list flat, --filter '*Log*').
if (args is not ["growth", var folder, var stops])
{
    BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
    return;
}

var told = 0L;
var progress = new Progress<GrowthProgress>(now =>
{
    if (now.What == "growing" && now.Segments < told)
        return;
    told = now.Segments + 100_000;
    if (now.Measured is { } stop)
        Console.WriteLine(JsonSerializer.Serialize(stop));
    Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{now.What}: {now.Segments:N0} of {now.Target:N0}"));
});
var report = await GrowthRun.RunAsync(new GrowthOptions { Folder = folder, Stops = [.. stops.Split(',').Select(static stop => long.Parse(stop, CultureInfo.InvariantCulture))] }, progress);
Console.WriteLine(JsonSerializer.Serialize(report));
