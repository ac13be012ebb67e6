using System.Net.Sockets;

namespace BodyCam.Cli;

/// <summary>What people are told of a failure: our own messages end with the next action, the platform's get one.</summary>
internal static class FailureWords
{
    /// <summary>The message, whole sentences.</summary>
    /// <param name="failure">What was thrown.</param>
    /// <param name="again">What is done after mending, such as <c>run it again</c>.</param>
    public static string Of(Exception failure, string again)
    {
        var said = failure.Message.TrimEnd();
        var sentence = said.Length > 0 && said[^1] is '.' or '!' or '?' ? said : said + ".";
        return failure is IOException or UnauthorizedAccessException or SocketException or HttpRequestException ? $"{sentence} Mend that and {again}." : sentence;
    }
}
