extern alias nano;
using BodyCam.Firmware.Drivers;
using nano::nanoFramework.System.IO.FileSystem;
using NanoFile = nano::System.IO.FileStream;

namespace BodyCam.Drivers.Tests;

public class CardTests
{
    [Fact]
    public void A_card_is_mounted_as_volume_D_and_seen_until_it_is_pulled()
    {
        using var bench = new DriverBench();
        var socket = new CardSocket();
        Assert.False(bench.Run(() => socket.IsPresent));
        Assert.True(bench.Run(() => socket.Mount() && socket.IsPresent));
        bench.Run(() => nano::System.IO.Directory.CreateDirectory("D:\\bodycam"));
        bench.Board.RunFor(TimeSpan.FromSeconds(3));
        Assert.True(bench.Run(() => socket.IsPresent));
        bench.Board.Card.Remove();
        bench.Board.RunFor(TimeSpan.FromSeconds(2));
        Assert.False(bench.Run(() => socket.IsPresent));
        bench.Run(() => { socket.Unmount(); return true; });
        Assert.False(bench.Run(() => socket.Mount()));
        bench.Board.Card.Insert();
        Assert.True(bench.Run(() => socket.Mount() && socket.IsPresent));
    }

    [Fact]
    public void The_librarys_own_flag_stays_up_when_a_card_is_pulled()
    {
        using var bench = new DriverBench();
        var card = new SDCard(new SDCardMmcParameters { slotIndex = CardSocket.Slot, dataWidth = SDDataWidth._1_bit });
        Assert.True(bench.Run(() => { card.Mount(); return card.IsMounted; }));
        bench.Board.Card.Remove();
        Assert.True(bench.Run(() => card.IsMounted));
        Assert.IsType<InvalidOperationException>(Assert.Throws<InvalidOperationException>(() => bench.Run(() => card.IsCardDetected)).InnerException);
    }

    [Fact]
    public void Slot_1_has_no_pins_on_this_chip()
    {
        using var bench = new DriverBench();
        var failure = Assert.Throws<InvalidOperationException>(() => bench.Run(() => new SDCard(new SDCardMmcParameters { slotIndex = 1 })));
        Assert.Contains("CLR_E_PIN_UNAVAILABLE", failure.InnerException!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_card_without_the_recorders_folder_counts_as_present()
    {
        using var bench = new DriverBench();
        var socket = new CardSocket();
        Assert.True(bench.Run(() => socket.Mount()));
        bench.Board.RunFor(TimeSpan.FromSeconds(5));
        Assert.True(bench.Run(() => socket.IsPresent));
    }

    [Fact]
    public void A_card_pulled_while_a_block_is_written_fails_the_flush_and_the_socket_takes_the_next_card()
    {
        using var bench = new DriverBench();
        var socket = new CardSocket();
        Assert.True(bench.Run(() => socket.Mount()));
        bench.Run(() => nano::System.IO.Directory.CreateDirectory("D:\\bodycam"));
        Assert.True(bench.Run(() => socket.IsPresent));
        bool failed = false;
        bench.Board.At(bench.Board.Now + TimeSpan.FromMilliseconds(150), bench.Board.Card.Remove);
        bench.Run(() =>
        {
            var file = new NanoFile("D:\\bodycam\\a.bin", FileMode.Create, FileAccess.ReadWrite, FileShare.Read);
            try
            {
                for (int block = 0; block < 100; block++)
                {
                    file.Write(new byte[8192], 0, 8192);
                    file.Flush();
                }
            }
            catch (IOException)
            {
                failed = true;
            }

            file.Close();
            return true;
        });
        Assert.True(failed);
        bench.Board.RunFor(TimeSpan.FromSeconds(2));
        Assert.False(bench.Run(() => socket.IsPresent));
        bench.Run(() => { socket.Unmount(); return true; });
        bench.Board.Card.Insert();
        Assert.True(bench.Run(() => socket.Mount()));
    }
}
