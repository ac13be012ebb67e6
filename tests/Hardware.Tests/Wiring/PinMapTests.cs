using BodyCam.Hardware.Tests.Boards;

namespace BodyCam.Hardware.Tests.Wiring;

/// <summary>The pin map in the documents is the board files' own.</summary>
public sealed class PinMapTests
{
    [Fact]
    public void The_pin_map_is_what_the_board_files_give() => Repository.HasMade("hardware/pin-map.md", PinMap.Of(BoardFile.Names.Select(BoardFile.Load)));
}
