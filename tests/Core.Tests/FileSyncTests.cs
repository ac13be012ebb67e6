using System.IO.Pipes;
using Microsoft.Win32.SafeHandles;

namespace BodyCam.Core.Tests;

/// <summary>That a failed sync is heard at all; the failures of a disk are in Fire.Tests.</summary>
public sealed class FileSyncTests
{
    private const int InvalidArgument = 22;

    [Fact]
    public void A_sync_that_fails_throws_with_its_errno_and_one_that_works_does_not()
    {
        using var pipe = new AnonymousPipeServerStream();
        // fsync(2): a pipe does not support it.
        using var handle = new SafeFileHandle(pipe.SafePipeHandle.DangerousGetHandle(), ownsHandle: false);
        Assert.Equal(InvalidArgument, Assert.Throws<IOException>(() => FileSync.Sync(handle)).HResult & 0xFFFF);

        var path = Path.GetTempFileName();
        using (var file = new FileStream(path, FileMode.Open))
        {
            file.WriteByte(1);
            FileSync.Sync(file);
        }

        Assert.Equal([1], File.ReadAllBytes(path));
        File.Delete(path);
    }
}
