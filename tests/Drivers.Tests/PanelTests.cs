extern alias nano;
using BodyCam.Firmware.Control;
using BodyCam.Firmware.Drivers;
using BodyCam.VirtualBoard;
using nano::nanoFramework.Hardware.Esp32;
using nano::System.Device.Gpio;
using nano::System.Device.Pwm;

namespace BodyCam.Drivers.Tests;

public class PanelTests
{
    private const int ButtonPin = 27;

    [Fact]
    public void Lights_and_tones_reach_their_pins_once_each()
    {
        using var bench = new DriverBench();
        BusTrace trace = bench.Board.StartTrace();
        bench.Run(() =>
        {
            var pins = new GpioController();
            Configuration.SetPinFunction(33, DeviceFunction.PWM1);
            var panel = new Panel(pins.OpenPin(13, PinMode.Output), pins.OpenPin(32, PinMode.Output), PwmChannel.CreateFromPin(33, 2000, 0.5));
            panel.RecordLight(true);
            panel.Tone(2000);
            panel.Tone(880);
            panel.Tone(0);
            panel.Tone(0);
            panel.StatusLight(true);
            panel.RecordLight(false);
            pins.ClosePin(13);
            pins.ClosePin(32);
            return true;
        });
        Assert.Equal(["gpio 13 = 1", "pwm 33 2000 Hz 50%", "pwm 33 880 Hz 50%", "pwm 33 off", "gpio 32 = 1", "gpio 13 = 0"], trace.Of("gpio", "pwm"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Bouncing_contacts_give_the_gestures_that_were_made(int seed)
    {
        using var bench = new DriverBench(options => options with { Seed = seed });
        Board board = bench.Board;
        var gestures = new Gestures();
        int edges = 0;
        GpioController pins = null!;
        bench.Run(() =>
        {
            pins = new GpioController();
            GpioPin button = pins.OpenPin(ButtonPin, PinMode.InputPullUp);
            button.DebounceTimeout = TimeSpan.FromMilliseconds(30);
            button.ValueChanged += (_, change) =>
            {
                edges++;
                gestures.Edge(change.ChangeType == PinEventTypes.Falling, (long)board.Clocks.MonotonicUs);
            };
            return true;
        });
        (Action Make, Gesture Expected, int Edges)[] gesturesMade =
        [
            (board.RecordButton.Press, Gesture.Short, 2), (() => board.RecordButton.Hold(TimeSpan.FromSeconds(2)), Gesture.Hold, 2),
            (board.RecordButton.Double, Gesture.Double, 4), (board.RecordButton.Triple, Gesture.Triple, 6),
        ];
        foreach ((Action make, Gesture expected, int edgesMade) in gesturesMade)
        {
            edges = 0;
            make();
            board.RunFor(TimeSpan.FromSeconds(4));
            Assert.Equal((expected, edgesMade), (bench.Run(() => gestures.Take((long)board.Clocks.MonotonicUs, waitForMore: true)), edges));
        }

        bench.Run(() => { pins.ClosePin(ButtonPin); return true; });
        Assert.Empty(board.ThreadFailures);
    }
}
