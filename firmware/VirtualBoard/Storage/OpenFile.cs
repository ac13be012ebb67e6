namespace BodyCam.VirtualBoard;

/// <summary>An open file as the share table sees it. Access and share are bit sets: 1 read, 2 write.</summary>
internal sealed record OpenFile(string HostPath, int Access, int Share, FileStream Host);
