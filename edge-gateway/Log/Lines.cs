namespace BodyCam.Log;

/// <summary>Cuts bytes into lines.</summary>
internal static class Lines
{
    /// <summary>The lines with their line ends; the last one may lack it.</summary>
    public static IEnumerable<Range> Of(byte[] bytes)
    {
        for (var start = 0; start < bytes.Length;)
        {
            var end = Array.IndexOf(bytes, (byte)'\n', start);
            end = end < 0 ? bytes.Length : end + 1;
            yield return start..end;
            start = end;
        }
    }
}
