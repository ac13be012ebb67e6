using BodyCam.Firmware.Control;

namespace BodyCam.Recorder.Tests;

/// <summary>Gestures from edges, however late they are taken.</summary>
public sealed class GestureTests
{
    private const long Ms = 1000;

    private readonly Gestures button = new();

    [Theory]
    [InlineData(2000, "Hold")]
    [InlineData(2500, "Hold")]
    [InlineData(1799, "Short")]
    public void A_hold_is_as_long_as_its_edges_say_also_when_it_is_taken_after_the_release(int heldMs, string gesture)
    {
        Press(0, heldMs);
        Assert.Equal(gesture, Take(10_000, waitForMore: true));
        Assert.Equal("None", Take(10_000, waitForMore: true));
    }

    [Fact]
    public void A_hold_is_told_while_the_button_is_down_and_once()
    {
        button.Edge(down: true, 0);
        Assert.Equal("None", Take(1_799));
        Assert.Equal("Hold", Take(1_800));
        button.Edge(down: false, 4_000 * Ms);
        Assert.Equal("None", Take(9_000));
    }

    [Fact]
    public void Presses_five_seconds_apart_are_two_also_when_they_are_taken_together()
    {
        Press(0, 100);
        Press(5_000, 100);
        Assert.Equal(["Short", "None"], new[] { Take(5_200), Take(5_200) });
        Assert.Equal("Short", Take(5_601));
    }

    [Fact]
    public void Presses_within_half_a_second_belong_together_also_when_they_are_taken_late()
    {
        Press(0, 100);
        Press(400, 100);
        Press(5_000, 100);
        Press(5_300, 100);
        Press(5_600, 100);
        Press(9_000, 2_100);
        Assert.Equal(["Double", "Triple", "Hold", "None"], new[] { Take(20_000), Take(20_000), Take(20_000), Take(20_000) });
    }

    [Fact]
    public void A_stop_hold_behind_a_short_press_is_not_lost()
    {
        Press(0, 100);
        Press(3_000, 2_500);
        Assert.Equal(["Short", "Hold"], new[] { Take(6_000, waitForMore: false), Take(6_000) });
    }

    [Fact]
    public void A_press_for_which_there_is_no_room_is_dropped_with_its_release()
    {
        for (var number = 0; number < 20; number++)
            Press(number * 1_000, 100);
        for (var number = 0; number < 8; number++)
            Assert.Equal("Short", Take(60_000));
        Assert.Equal("None", Take(90_000));
        Press(100_000, 100);
        Assert.Equal("Short", Take(101_000));
    }

    private void Press(long atMs, long heldMs)
    {
        button.Edge(down: true, atMs * Ms);
        button.Edge(down: false, (atMs + heldMs) * Ms);
    }

    private string Take(long nowMs, bool waitForMore = true) => button.Take(nowMs * Ms, waitForMore).ToString();
}
