using System;
using System.IO;
using BodyCam.Firmware.Boards;
using BodyCam.Firmware.Parts;
using nanoFramework.System.IO.FileSystem;

namespace BodyCam.Firmware.Drivers
{
    /// <summary>The card on the chip's SDMMC host, one bit wide on its fixed pins, as volume <c>D:</c> (nanoFramework.System.IO.FileSystem, SDCard).</summary>
    /// <remarks>The socket's detect switch is not wired, and the library's own flag stays up when a card is pulled: presence is asked of the card itself.</remarks>
    public sealed class CardSocket : ICardSocket
    {
        /// <summary>Slot 0 is volume <c>D:</c> on GPIO 14, 15 and 2. Slot 1 would be <c>E:</c> and has no pins on this chip.</summary>
        public const uint Slot = 0;

        // What every card of a recorder has. The other name only moves the file system's one-sector window away, so that the first is read from the card and not from memory.
        private const string Folder = "D:\\bodycam";
        private const string Elsewhere = "D:\\bodycam\\x";
        private const long ProbeEveryUs = 2000000;

        private SDCard _card;
        private bool _folderSeen;
        private bool _answers;
        private long _nextProbeUs;

        /// <inheritdoc/>
        public bool IsPresent
        {
            get
            {
                if (_card == null || !_card.IsMounted)
                {
                    return false;
                }

                long nowUs = SystemClock.MonotonicUs;
                if (nowUs >= _nextProbeUs)
                {
                    _nextProbeUs = nowUs + ProbeEveryUs;
                    Probe();
                }

                return _answers;
            }
        }

        /// <inheritdoc/>
        public bool Mount()
        {
            try
            {
                if (_card == null)
                {
                    SDCardMmcParameters parameters = new SDCardMmcParameters();
                    parameters.slotIndex = Slot;
                    parameters.dataWidth = SDDataWidth._1_bit;
                    _card = new SDCard(parameters);
                }

                if (!_card.IsMounted)
                {
                    _folderSeen = false;
                    _nextProbeUs = 0;
                    _card.Mount();
                }

                return _card.IsMounted;
            }
            catch (Exception)
            {
                return false;
            }
        }

        /// <inheritdoc/>
        public void Unmount()
        {
            try
            {
                if (_card != null && _card.IsMounted)
                {
                    _card.Unmount();
                }
            }
            catch (Exception)
            {
                // A volume that the chip has let go of cannot be unmounted: let go of the object too, with its pins.
                Forget();
            }
        }

        private void Probe()
        {
            try
            {
                File.Exists(Elsewhere);
                bool found = Directory.Exists(Folder);
                _folderSeen = _folderSeen || found;
                _answers = found || !_folderSeen;
            }
            catch (Exception)
            {
                _answers = false;
            }
        }

        private void Forget()
        {
            try
            {
                _card.Dispose();
            }
            catch (Exception)
            {
                // Its pins stay taken; the next mount says so.
            }

            _card = null;
        }
    }
}
