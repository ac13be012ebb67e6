using System;
using BodyCam.Firmware.Parts;
using nanoFramework.System.IO.FileSystem;

namespace BodyCam.Firmware.Drivers
{
    /// <summary>The card on SDMMC slot 1, one bit wide, as volume <c>D:</c>.</summary>
    public sealed class CardSocket : ICardSocket
    {
        private SDCard _card;

        /// <inheritdoc/>
        public bool IsPresent => _card != null && _card.IsMounted;

        /// <inheritdoc/>
        public bool Mount()
        {
            try
            {
                if (_card == null)
                {
                    SDCardMmcParameters parameters = new SDCardMmcParameters();
                    parameters.slotIndex = 1;
                    parameters.dataWidth = SDDataWidth._1_bit;
                    _card = new SDCard(parameters);
                }

                if (!_card.IsMounted)
                {
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
                // A card that is gone cannot be unmounted; the next Mount starts anew.
                _card = null;
            }
        }
    }
}
