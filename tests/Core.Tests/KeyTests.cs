using System.Security.Cryptography;
using BodyCam.Core.Keys;

namespace BodyCam.Core.Tests;

/// <summary>Key derivation and ratchet (protocol §6).</summary>
public sealed class KeyTests
{
    internal static KeyRing Ring() => new(Vectors.File("keys").Hex("master"));

    [Fact]
    public void Every_key_is_the_golden_one_in_whatever_order_recordings_are_asked_for()
    {
        var vector = Vectors.File("keys");
        var ring = Ring();
        var device = DeviceId.Parse(vector.Text("device"));
        var epoch = vector.U32("epoch");
        Assert.Equal(vector.Hex("journalKey"), ring.RecordingKey(device, epoch, 0));
        Assert.Equal(vector.Hex("receiptKey"), ring.ReceiptKey(device, epoch));
        Assert.Equal(vector.Hex("commandKey"), ring.CommandKey(device, epoch));
        Assert.Equal(vector.Hex("linkKey"), ring.LinkKey(device, epoch));
        var recordings = vector.GetProperty("recordingKeys").EnumerateArray().ToList();
        foreach (var recording in recordings.Concat(Enumerable.Reverse(recordings)))
            Assert.Equal(recording.Hex("key"), ring.RecordingKey(device, epoch, recording.U32("recording")));
    }

    [Fact]
    public void Another_epoch_or_device_has_other_keys()
    {
        var ring = Ring();
        var device = DeviceId.Parse("unit-0042");
        Assert.NotEqual(ring.ReceiptKey(device, 3), ring.ReceiptKey(device, 4));
        Assert.NotEqual(ring.ReceiptKey(device, 3), ring.ReceiptKey(DeviceId.Parse("unit-0043"), 3));
    }

    [Fact]
    public void The_running_authenticator_follows_the_golden_chain()
    {
        foreach (var vector in Vectors.Of("authenticator"))
        {
            var key = Ring().RecordingKey(DeviceId.Parse(Vectors.File("authenticator").Text("device")), Vectors.File("authenticator").U32("epoch"), vector.U32("recording"));
            Assert.Equal(vector.Hex("recordingKey"), key);
            Assert.Equal(vector.Hex("keyCheck"), HMACSHA256.HashData(key, "BCK1"u8));
        }
    }

    [Fact]
    public void A_recording_number_beyond_the_bound_is_refused_and_a_wrong_master_is_named()
    {
        Assert.Throws<ArgumentOutOfRangeException>(static () => Ring().RecordingKey(DeviceId.Parse("unit-0042"), 1, KeyRing.RecordingMax + 1));
        Assert.Contains("master.key", Assert.Throws<ArgumentException>(static () => new KeyRing(new byte[31])).Message);
    }
}
