using BodyCam.Nano.Hosting;
using global::System;
using global::System.IO;

namespace nanoFramework.System.IO
{
    public enum RemovableDeviceEvent { Inserted, Removed }

    public enum CardDetectState { Inserted, Removed }

    public class RemovableDriveEventArgs : EventArgs
    {
        internal RemovableDriveEventArgs(DriveInfo drive, RemovableDeviceEvent change)
        {
            Drive = drive;
            Event = change;
        }

        public DriveInfo Drive { get; }

        public RemovableDeviceEvent Event { get; }
    }

    public delegate void RemovableDeviceEventHandler(object sender, RemovableDriveEventArgs e);

    public static class StorageEventManager
    {
        private static bool s_listening;
        private static RemovableDeviceEventHandler s_inserted;
        private static RemovableDeviceEventHandler s_removed;

        public static event RemovableDeviceEventHandler RemovableDeviceInserted
        {
            add
            {
                Listen();
                s_inserted += value;
            }

            remove => s_inserted -= value;
        }

        public static event RemovableDeviceEventHandler RemovableDeviceRemoved
        {
            add
            {
                Listen();
                s_removed += value;
            }

            remove => s_removed -= value;
        }

        private static void Listen()
        {
            if (!s_listening)
            {
                s_listening = true;
                HostBoard.Native.Storage.CardChanged += OnCardChanged;
            }
        }

        private static void OnCardChanged(bool inserted)
        {
            var change = new RemovableDriveEventArgs(new DriveInfo("D:\\"), inserted ? RemovableDeviceEvent.Inserted : RemovableDeviceEvent.Removed);
            (inserted ? s_inserted : s_removed)?.Invoke(null, change);
        }
    }

    public class CardDetectChangedEventArgs : EventArgs
    {
        internal CardDetectChangedEventArgs(CardDetectState state, uint slotIndex)
        {
            CardState = state;
            SlotIndex = slotIndex;
        }

        public CardDetectState CardState { get; }

        public uint SlotIndex { get; }
    }
}

namespace nanoFramework.System.IO.FileSystem
{
    public enum SDDataWidth { _1_bit = 1, _4_bit = 2 }

    public class SDCardMmcParameters
    {
        public uint slotIndex;
        public SDDataWidth dataWidth;
    }

    public class CardDetectParameters
    {
        public bool enableCardDetectPin;
        public bool cardDetectedState;
        public uint cardDetectPin;
        public bool autoMount;
    }

    public delegate void CardDetectStateEventHandler(object sender, CardDetectChangedEventArgs e);

    /// <summary>Its mounted flag is its own: nobody takes it down when the card is pulled.</summary>
    public class SDCard : IDisposable
    {
        private readonly uint _slotIndex;
        private readonly bool _detects;
        private bool _mounted;

        public SDCard(SDCardMmcParameters mmcParameters, CardDetectParameters cdParameters = null) : this(mmcParameters.slotIndex, cdParameters)
        {
            // The ESP32's map of SDMMC pins has one row that is filled.
            if (mmcParameters.slotIndex != 0)
            {
                throw new Exception("CLR_E_PIN_UNAVAILABLE: slot " + mmcParameters.slotIndex + " has no pins; use slot 0, which is D:.");
            }
        }

        private SDCard(uint slotIndex, CardDetectParameters detect)
        {
            _slotIndex = slotIndex;

            // Only a wired card-detect pin reports changes.
            _detects = detect != null && detect.enableCardDetectPin;
            if (_detects)
            {
                HostBoard.Native.Storage.CardChanged += OnCardChanged;
            }
        }

        public event CardDetectStateEventHandler CardDetectChanged;

        public bool IsMounted => _mounted;

        public bool IsCardDetected => _detects
            ? HostBoard.Native.Storage.IsCardDetected
            : throw new InvalidOperationException("CLR_E_INVALID_OPERATION: there is no card-detect pin.");

        public void Mount()
        {
            _mounted = false;
            if (!HostBoard.Native.Storage.MountCard())
            {
                throw new IOException("CLR_E_VOLUME_NOT_FOUND: the card did not mount.");
            }

            _mounted = true;
        }

        public void Unmount()
        {
            HostBoard.Native.Storage.UnmountCard();
            _mounted = false;
        }

        public void Dispose()
        {
            HostBoard.Native.Storage.CardChanged -= OnCardChanged;
            if (_mounted)
            {
                Unmount();
            }
        }

        private void OnCardChanged(bool inserted) => CardDetectChanged?.Invoke(
            this,
            new CardDetectChangedEventArgs(inserted ? CardDetectState.Inserted : CardDetectState.Removed, _slotIndex));
    }
}
