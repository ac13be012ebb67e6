using System;
using System.Device.I2c;

namespace BodyCam.Firmware.Drivers
{
    /// <summary>Transfers to one part on the I2C bus. A transfer that is not acknowledged is tried once more, as a spike on the wire must not cost a camera or a clock.</summary>
    internal sealed class I2cRegister
    {
        private const int Tries = 2;

        private readonly I2cDevice _device;
        private readonly byte[] _address = new byte[1];

        internal I2cRegister(I2cDevice device)
        {
            _device = device;
        }

        /// <summary>Sends all of the bytes, the register's address first. False when the part does not acknowledge.</summary>
        internal bool Write(byte[] bytes)
        {
            for (int attempt = 0; attempt < Tries; attempt++)
            {
                try
                {
                    if (_device.Write(new SpanByte(bytes)).Status == I2cTransferStatus.FullTransfer)
                    {
                        return true;
                    }
                }
                catch (Exception)
                {
                    // The library throws where the bus itself is not usable (CLR_E_INVALID_OPERATION).
                }
            }

            return false;
        }

        /// <summary>Fills the array from the register on, in one transfer with a repeated start.</summary>
        internal bool Read(byte register, byte[] into)
        {
            _address[0] = register;
            for (int attempt = 0; attempt < Tries; attempt++)
            {
                try
                {
                    if (_device.WriteRead(new SpanByte(_address), new SpanByte(into)).Status == I2cTransferStatus.FullTransfer)
                    {
                        return true;
                    }
                }
                catch (Exception)
                {
                    // As in Write.
                }
            }

            return false;
        }

        /// <summary>Fills the array in two transfers with a stop between, as SCCB wants it (OmniVision SCCB specification 2.1, two-phase read).</summary>
        internal bool ReadAfterStop(byte register, byte[] into)
        {
            _address[0] = register;
            for (int attempt = 0; attempt < Tries; attempt++)
            {
                try
                {
                    if (_device.Write(new SpanByte(_address)).Status == I2cTransferStatus.FullTransfer
                        && _device.Read(new SpanByte(into)).Status == I2cTransferStatus.FullTransfer)
                    {
                        return true;
                    }
                }
                catch (Exception)
                {
                    // As in Write.
                }
            }

            return false;
        }
    }
}
