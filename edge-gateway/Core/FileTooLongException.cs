namespace BodyCam.Core;

/// <summary>A file is longer than any of its kind: its content is wrong, and the disk has not failed.</summary>
/// <param name="path">The file.</param>
/// <param name="bytes">Its length.</param>
/// <param name="bytesMax">Above the longest of its kind.</param>
public sealed class FileTooLongException(string path, long bytes, long bytesMax) : IOException($"{path} has {bytes} bytes, none of its kind has more than {bytesMax}");
