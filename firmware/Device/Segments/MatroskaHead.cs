using System;
using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Storage
{
    /// <summary>Builds everything of a segment that stands before its first cluster (storage-format §2, RFC 9559).</summary>
    internal sealed class MatroskaHead
    {
        // 13 tags of at most 100 bytes, tracks 120, the rest 120.
        private const int BytesMax = 2048;

        private readonly byte[] _buffer = new byte[BytesMax];
        private int _count;

        /// <summary>The head's bytes, valid until the next call; length in <paramref name="count"/>.</summary>
        internal byte[] Build(SegmentHeader header, out int count)
        {
            _count = 0;
            WriteEbmlHeader();
            Id(0x18538067);
            UnknownSize();
            WriteInfo();
            WriteTracks(header);
            WriteTags(header);
            count = _count;
            return _buffer;
        }

        private void WriteEbmlHeader()
        {
            int start = Begin(0x1A45DFA3);
            Number(0x4286, 1);
            Number(0x42F7, 1);
            Number(0x42F2, 4);
            Number(0x42F3, 8);
            Text(0x4282, "matroska");
            Number(0x4287, 4);
            Number(0x4285, 2);
            End(start);
        }

        private void WriteInfo()
        {
            int start = Begin(0x1549A966);
            Number(0x2AD7B1, 1000000);
            Text(0x4D80, "BodyCam");
            Text(0x5741, "BodyCam");
            End(start);
        }

        private void WriteTracks(SegmentHeader header)
        {
            int start = Begin(0x1654AE6B);
            if (header.Kind == Kinds.Footage)
            {
                int entry = BeginTrack(1, 1, "V_MJPEG");
                int video = Begin(0xE0);
                Number(0xB0, header.WidthPx);
                Number(0xBA, header.HeightPx);
                End(video);
                End(entry);
            }

            if (!Kinds.IsText(header.Kind))
            {
                int entry = BeginTrack(2, 2, "A_PCM/INT/LIT");
                int audio = Begin(0xE1);
                Id(0xB5);
                Byte(0x84);
                Byte(0x45);
                Byte(0xFA);
                Byte(0x00);
                Byte(0x00);
                Number(0x9F, 2);
                Number(0x6264, 16);
                End(audio);
                End(entry);
            }

            End(BeginTrack(3, 17, "S_TEXT/UTF8"));
            End(start);
        }

        private void WriteTags(SegmentHeader header)
        {
            int start = Begin(0x1254C367);
            int tag = Begin(0x7373);
            End(Begin(0x63C0));
            Tag("BODYCAM_FORMAT", "1");
            Tag("BODYCAM_DEVICE", header.Device);
            Tag("BODYCAM_EPOCH", header.Epoch.ToString());
            Tag("BODYCAM_RECORDING", header.Recording.ToString());
            Tag("BODYCAM_SEGMENT", header.Segment.ToString());
            Tag("BODYCAM_KIND", header.Kind.ToString());
            Tag("BODYCAM_ACTIVITY", header.Activity.ToString());
            Tag("BODYCAM_CHUNK_BYTES", header.ChunkBytes.ToString());
            Tag("BODYCAM_BOOT", header.Boot.ToString());
            Tag("BODYCAM_START_MONOTONIC_US", header.Start.MonotonicUs.ToString());
            Tag("BODYCAM_START_WALL_US", header.Start.WallUs.ToString());
            Tag("BODYCAM_CLOCK", header.Start.Source.ToString());
            Tag("BODYCAM_ERROR_BOUND_US", ((ulong)header.Start.ErrorBoundUs).ToString());
            Tag("BODYCAM_LAST_SYNC_US", header.Start.LastSyncUs.ToString());
            End(tag);
            End(start);
        }

        private int BeginTrack(int number, int type, string codec)
        {
            int start = Begin(0xAE);
            Number(0xD7, number);
            Number(0x73C5, number);
            Number(0x83, type);
            Number(0x9C, 0);
            Text(0x86, codec);
            return start;
        }

        private void Tag(string name, string value)
        {
            int start = Begin(0x67C8);
            Text(0x45A3, name);
            Text(0x4487, value);
            End(start);
        }

        /// <summary>Starts a master element; sizes take four bytes so that <see cref="End"/> can fill them in.</summary>
        private int Begin(uint id)
        {
            Id(id);
            _count += 4;
            return _count;
        }

        private void End(int start)
        {
            Bytes.Put32BigEndian(_buffer, start - 4, 0x10000000 | (_count - start));
        }

        private void Id(uint id)
        {
            for (int shift = 24; shift >= 0; shift -= 8)
            {
                if ((id >> shift) != 0)
                {
                    Byte((int)(id >> shift) & 255);
                }
            }
        }

        private void UnknownSize()
        {
            Byte(0x01);
            for (int i = 0; i < 7; i++)
            {
                Byte(0xFF);
            }
        }

        private void Number(uint id, int value)
        {
            Id(id);
            Byte(0x84);
            Bytes.Put32BigEndian(_buffer, _count, value);
            _count += 4;
        }

        private void Text(uint id, string text)
        {
            Id(id);
            Byte(0x80 | text.Length);
            Bytes.PutAscii(_buffer, _count, text.Length, text);
            _count += text.Length;
        }

        private void Byte(int value)
        {
            if (_count >= BytesMax)
            {
                throw new ArgumentException();
            }

            _buffer[_count++] = (byte)value;
        }
    }
}
