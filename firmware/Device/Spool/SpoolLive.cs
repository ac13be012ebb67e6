using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Storage
{
    /// <summary>Chunks of the segment that is being written, sent between the others while live view or an obstruction asks for them. Used under the spool's lock.</summary>
    internal sealed class SpoolLive
    {
        private readonly CardStore _store;
        private readonly byte[] _chunk;
        private bool _wanted;
        private int _sharePercent;
        private int _recording;
        private int _segment;
        private int _next;
        private long _liveBytes;
        private long _allBytes;

        internal SpoolLive(CardStore store, byte[] chunk)
        {
            _store = store;
            _chunk = chunk;
        }

        /// <summary>Asks for it, or ends it; a new share is counted from here.</summary>
        internal void Want(bool wanted, int sharePercent)
        {
            if (wanted == _wanted && sharePercent == _sharePercent)
            {
                return;
            }

            _wanted = wanted;
            _sharePercent = sharePercent;
            _liveBytes = 0;
            _allBytes = 0;
        }

        /// <summary>A new connection: the segment is sent from its start.</summary>
        internal void Restart()
        {
            _segment = 0;
        }

        /// <summary>Counts a message of any kind.</summary>
        internal void Sent(int lengthBytes)
        {
            _allBytes += lengthBytes;
        }

        /// <summary>Takes a message back that was not delivered.</summary>
        internal void Failed(SpoolItem item)
        {
            _next = item.LiveSegment == _segment && item.ChunkIndex < _next ? item.ChunkIndex : _next;
        }

        /// <summary>Chunks at the front of a segment that have gone out live; the gateway names what it lacks.</summary>
        internal int SentOf(SpoolSegment segment)
        {
            return segment.Row.Recording == _recording && segment.Segment == _segment && _next <= segment.ChunkCount ? _next : 0;
        }

        internal bool Next(byte[] buffer, out int length, out SpoolItem item)
        {
            length = 0;
            item = null;
            SegmentWriter writer = _wanted ? _store.Recordings.Writer : null;
            SegmentHeader header = writer == null ? null : writer.Header;
            if (header == null || _liveBytes * 100 > _sharePercent * _allBytes)
            {
                return false;
            }

            if (header.Recording != _recording || header.Segment != _segment)
            {
                _recording = header.Recording;
                _segment = header.Segment;
                _next = 0;
            }

            if (_next >= writer.CommittedChunks)
            {
                return false;
            }

            string path = CardPaths.Segment(header.Epoch, header.Recording, header.Segment);
            if (header.ChunkBytes != _chunk.Length || _store.Reader.Read(path, (long)_next * header.ChunkBytes, _chunk, header.ChunkBytes) != header.ChunkBytes)
            {
                return false;
            }

            length = UpMessages.Chunk(buffer, true, header.Kind, header.Epoch, header.Recording, header.Segment, _next, header.ChunkBytes, Bytes.ChunkDigest(_chunk), _chunk, 0, header.ChunkBytes);
            item = new SpoolItem(SpoolItem.ChunkItem, null, _next);
            item.LiveSegment = header.Segment;
            _next++;
            _liveBytes += length;
            return true;
        }
    }
}
