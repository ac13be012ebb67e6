using System.Diagnostics;
using BodyCam.Evidence;

namespace BodyCam.Packaging.Tests;

/// <summary>What is no file in the place of one of a package: verify names it and waits for nothing.</summary>
public sealed class PipeTests
{
    private static readonly TimeSpan endMax = TimeSpan.FromSeconds(20);

    [Fact]
    public void A_pipe_in_a_folder_that_says_it_is_a_package_is_not_waited_for()
    {
        var folder = Directory.CreateTempSubdirectory("bodycam-pipe-").FullName;
        File.WriteAllText(Path.Combine(folder, "VOLUMES.json"), "{}");
        using (var make = Process.Start("mkfifo", [Path.Combine(folder, "SHA256SUMS")]))
            make.WaitForExit();
        var run = Task.Run(() => PackageVerifier.Run(folder, new VerifyOptions()));
#pragma warning disable xUnit1031 // a run that waits for a writer never ends
        Assert.True(run.Wait(endMax, TestContext.Current.CancellationToken), "it waits");
        Assert.Equal(VerifyVerdict.Failed, run.Result.Verdict);
#pragma warning restore xUnit1031
        Directory.Delete(folder, recursive: true);
    }
}
