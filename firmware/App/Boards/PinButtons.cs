using System.Device.Gpio;
using BodyCam.Firmware.Parts;

namespace BodyCam.Firmware.Boards
{
    /// <summary>Levels of the two buttons, low while pressed.</summary>
    public sealed class PinButtons : IButtons
    {
        private readonly GpioPin _record;
        private readonly GpioPin _note;

        /// <summary>Takes the opened pins.</summary>
        public PinButtons(GpioPin record, GpioPin note)
        {
            _record = record;
            _note = note;
        }

        /// <inheritdoc/>
        public bool IsRecordDown => _record.Read() == PinValue.Low;

        /// <inheritdoc/>
        public bool IsNoteDown => _note.Read() == PinValue.Low;
    }
}
