using BodyCam.Core.Matroska;
using BodyCam.Core.Seals;
using BodyCam.Core.Wire;

namespace BodyCam.Core.Tests;

/// <summary>Every cut of every message, and random bytes: an answer by name, never an exception.</summary>
public sealed class HostileTests
{
    private const int Seed = 20260302;

    private static readonly (string File, Func<byte[], RefusalReason> Parse)[] parsers =
    [
        ("chunk", static message => MessageStart.ReadUp(message, out _) is var start and not RefusalReason.None ? start : ChunkMessage.TryParse(message, out var chunk) is var reason and not RefusalReason.None ? reason : chunk.DigestMatches() ? RefusalReason.None : RefusalReason.ChunkDigest),
        ("seal", static message => SealMessage.TryParse(message, out _)),
        ("offer", static message => OfferMessage.TryParse(message, out _)),
        ("live", static message => LiveFrame.TryParse(message, out _)),
        ("receipt", static message => Receipt.TryParse(message, out _)),
    ];

    [Fact]
    public void Every_beginning_of_every_message_is_refused()
    {
        foreach (var (file, parse) in parsers.Where(static parser => parser.File != "live"))
        {
            foreach (var vector in Vectors.Of(file))
            {
                var whole = vector.Hex("message");
                Assert.Equal(RefusalReason.None, parse(whole));
                for (var length = 0; length < whole.Length; length++)
                    Assert.True(parse(whole[..length]) != RefusalReason.None, $"{file} '{vector.Text("name")}' cut to {length}");
                if (file != "chunk")
                    Assert.Equal(RefusalReason.BadLength, parse([.. whole, 0]));
            }
        }
    }

    [Fact]
    public void A_version_or_type_that_is_not_ours_is_refused_as_such()
    {
        var chunk = Vectors.Of("chunk").First().Hex("message");
        foreach (var version in Enumerable.Range(0, 256).Where(static version => version != 1))
            Assert.Equal(RefusalReason.UnknownVersion, MessageStart.ReadUp([(byte)version, .. chunk[1..]], out _));
        foreach (var type in Enumerable.Range(0, 256).Where(static type => type is 0 or > 4))
            Assert.Equal(RefusalReason.UnknownType, MessageStart.ReadUp([1, (byte)type, .. chunk[2..]], out _));
    }

    [Fact]
    public void Random_bytes_and_random_changes_get_an_answer_and_never_an_exception()
    {
        var random = new Random(Seed);
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {Seed}");
        foreach (var (file, parse) in parsers)
        {
            var golden = Vectors.Of(file).Select(static vector => vector.Hex("message")).ToList();
            for (var round = 0; round < 20_000; round++)
            {
                byte[] message;
                if (round % 4 == 0)
                {
                    message = new byte[random.Next(0, 800)];
                    random.NextBytes(message);
                }
                else
                {
                    message = [.. golden[random.Next(golden.Count)]];
                    for (var change = random.Next(1, 5); change > 0; change--)
                        message[random.Next(message.Length)] = (byte)random.Next(256);
                }

                _ = parse(message);
            }
        }
    }

    [Fact]
    public void Random_bytes_never_make_the_seal_or_segment_reader_throw_or_read_beyond_the_file()
    {
        var random = new Random(Seed);
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {Seed}");
        var seal = Vectors.Of("seal").First().Hex("seal");
        byte[] opening = [0x1A, 0x45, 0xDF, 0xA3, 0x80, 0x18, 0x53, 0x80, 0x67, 0x01, 255, 255, 255, 255, 255, 255, 255, 0x1F, 0x43, 0xB6, 0x75, 0x01, 255, 255, 255, 255, 255, 255, 255, 0xE7, 0x81, 0, 0xA3, 0x88, 0x83, 0, 0, 0x80, 0x7B, 0x7D, 0x20, 0x20];
        for (var round = 0; round < 20_000; round++)
        {
            byte[] changed = [.. seal];
            changed[random.Next(288)] ^= (byte)(1 << random.Next(8));
            if (Seal.TryParse(changed, out var parsed) == RefusalReason.None)
                Assert.False(parsed!.Covers(Vectors.Of("seal").First().HexList("chunkDigests").SelectMany(static digest => digest).ToArray()));
            byte[] file = [.. opening, .. Enumerable.Range(0, random.Next(60)).Select(_ => (byte)random.Next(256))];
            if (round % 2 == 0)
                file[random.Next(file.Length)] = (byte)random.Next(256);
            var content = SegmentReader.Read(file);
            Assert.InRange(content.CompleteBytes, 0, file.Length);
            Assert.All(content.Blocks, block => Assert.InRange(block.Offset + block.Length, 0, file.Length));
            _ = JournalReader.Lines(file, content);
        }
    }
}
