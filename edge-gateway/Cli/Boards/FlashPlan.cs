using System.Globalization;

namespace BodyCam.Cli.Boards;

/// <summary>What the technician asked for.</summary>
/// <param name="Port">Serial port.</param>
/// <param name="Target">Runtime image; null with <paramref name="Runtime"/>.</param>
/// <param name="Runtime">File of an own runtime image; null for the flasher's repository.</param>
/// <param name="RuntimeVersion">Version of the image; null for the newest.</param>
/// <param name="Archive">Folder of fetched images; null for the Internet.</param>
/// <param name="Image">Application.</param>
/// <param name="Erase">True to erase everything first.</param>
/// <param name="Baud">Rate; 0 for the flasher's own.</param>
internal sealed record FlashWish(string Port, string? Target, string? Runtime, string? RuntimeVersion, string? Archive, string Image, bool Erase, int Baud);

/// <summary>One step and the call that does it.</summary>
/// <param name="Name">check, runtime, application, files, network.</param>
/// <param name="What">For people.</param>
/// <param name="Arguments">Arguments of nanoff.</param>
internal sealed record FlashStep(string Name, string What, IReadOnlyList<string> Arguments);

/// <summary>The steps in their order, with nanoff's arguments (nanoFirmwareFlasher 2.5, <c>Options.cs</c>).</summary>
internal static class FlashPlan
{
    /// <summary>Names in order.</summary>
    public static IReadOnlyList<string> Names { get; } = ["check", "runtime", "application", "files", "network"];

    /// <summary>All steps. The files of the last two are written when they run, with the port in them.</summary>
    public static IReadOnlyList<FlashStep> Steps(FlashWish wish, string filesJson, string networkJson)
    {
        var port = new List<string> { "--serialport", wish.Port };
        if (wish.Baud > 0)
            port.AddRange(["--baud", wish.Baud.ToString(CultureInfo.InvariantCulture)]);
        List<string> target = wish.Target is null ? ["--platform", "esp32"] : ["--target", wish.Target];
        List<string> runtime = ["--update", .. target, .. port];
        if (wish.Runtime is not null)
            runtime.AddRange(["--clrfile", wish.Runtime]);
        if (wish.RuntimeVersion is not null)
            runtime.AddRange(["--fwversion", wish.RuntimeVersion]);
        if (wish.Archive is not null)
            runtime.AddRange(["--fromarchive", "--archivepath", wish.Archive]);
        if (wish.Erase)
            runtime.Add("--masserase");
        return
        [
            new FlashStep("check", "chip, revision, PSRAM", ["--platform", "esp32", .. port, "--devicedetails", "--checkpsram"]),
            new FlashStep("runtime", "nanoFramework runtime", runtime),
            new FlashStep("application", "the recorder's application", [.. target, .. port, "--deploy", "--image", wish.Image]),
            new FlashStep("files", "identity, keys and configuration on I:", ["--filedeployment", filesJson]),
            new FlashStep("network", "Wi-Fi and certificates", ["--networkdeployment", networkJson]),
        ];
    }
}
