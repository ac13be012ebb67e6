using System.CommandLine;
using BodyCam.Cli;
using BodyCam.Cli.Bench;
using BodyCam.Cli.Boards;
using BodyCam.Cli.Doctor;

var root = new RootCommand("BodyCam: body-worn recorders, from the press to the proof.")
{
    DemoCommand.Create(),
    GatewayCommand.Create(),
    AccountCommand.Create(),
    BoardCommand.Create(),
    RecorderCommand.Create(),
    VerifyCommand.Create(),
    ExportCommand.Create(),
    DiscsCommand.Create(),
    PolicyCommand.Create(),
    TimelineCommand.Create(),
    DoctorCommand.Create(),
    BenchCommand.Create(),
};

var json = JsonError.Listen(args);
var parsed = root.Parse(args);
string[] errors = [.. ParseWords.Causes(parsed.Errors).Select(static error => ParseWords.Of(error)), .. EmptyValues.In(parsed.CommandResult)];
if (errors.Length > 0)
{
    var command = string.Join(' ', CommandWords.Of(parsed.CommandResult));
    foreach (var error in errors)
        Console.Error.WriteLine($"bodycam: {error} {(command.Length > 0 ? $"See './bodycam {command} --help'." : "See './bodycam help': it lists the commands.")}");
    return json?.Ended(ExitCode.Usage) ?? ExitCode.Usage;
}

// The library's own 2 s would cut a gateway off in its end when the disk is slow.
var code = await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(30) });
return json?.Ended(code) ?? code;
