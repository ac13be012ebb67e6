using System.Security.Cryptography;
using BodyCam.Core.Keys;
using BodyCam.Core.Seals;

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
    public void A_seal_with_a_far_recording_number_costs_few_steps_after_the_first_and_none_above_the_callers_bound()
    {
        var ring = Ring();
        var device = DeviceId.Parse("unit-0042");
        var far = ring.RecordingKey(device, 1, 500_000);
        var walked = ring.StepCount;
        Assert.InRange(walked, 1, 500_000);
        for (uint recording = 499_000; recording > 1_000; recording -= 9_973)
        {
            var before = ring.StepCount;
            _ = ring.RecordingKey(device, 1, recording);
            Assert.InRange(ring.StepCount - before, 0, KeyRing.StepsBetweenMarks);
        }

        Assert.Equal(far, ring.RecordingKey(device, 1, 500_000));
        Assert.Equal(Ring().RecordingKey(device, 1, 3_000), ring.RecordingKey(device, 1, 3_000));

        Assert.Equal(RefusalReason.None, Seal.TryParse(Vectors.Of("seal").First(static vector => vector.U32("recording") > 1).Hex("seal"), out var seal));
        var fresh = Ring();
        Assert.True(fresh.Authenticates(seal!));
        Assert.True(fresh.Authenticates(seal!, seal!.Key.Recording));
        var other = Ring();
        Assert.False(other.Authenticates(seal, seal.Key.Recording - 1));
        Assert.Equal(0, other.StepCount);
    }

    [Fact]
    public void Keys_remembered_are_bounded_over_all_recorders_and_what_was_given_up_is_derived_again()
    {
        var ring = new KeyRing(Vectors.File("keys").Hex("master")) { RememberedEpochsMax = 8, RememberedMarksMax = 10 };
        var devices = Enumerable.Range(0, 20).Select(static number => DeviceId.Parse($"unit-{number:d4}")).ToList();
        var keys = devices.ConvertAll(device => ring.RecordingKey(device, 1, 2_500));
        Assert.InRange(ring.RememberedEpochs, 1, 5);
        Assert.InRange(ring.RememberedMarks, 1, 10);
        Assert.Equal(keys, devices.ConvertAll(device => ring.RecordingKey(device, 1, 2_500)));
        foreach (var device in devices)
            _ = ring.RecordingKey(device, 2, 1);
        Assert.InRange(ring.RememberedEpochs, 1, 8);
        _ = ring.RecordingKey(devices[0], 3, 500_000);
        Assert.Equal((1, 488), (ring.RememberedEpochs, ring.RememberedMarks));
    }

    [Fact]
    public void A_recording_number_beyond_the_bound_is_refused_and_a_wrong_master_is_named()
    {
        Assert.Throws<ArgumentOutOfRangeException>(static () => Ring().RecordingKey(DeviceId.Parse("unit-0042"), 1, KeyRing.RecordingMax + 1));
        Assert.Contains("master.key", Assert.Throws<ArgumentException>(static () => new KeyRing(new byte[31])).Message);
    }
}
