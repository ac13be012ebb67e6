using System;
using System.IO;

namespace BodyCam.Firmware.Capture
{
    /// <summary>
    /// Remembers on <c>I:</c> that the microphone is being probed: a microphone whose clock does not run holds the whole chip inside its read, without an exception and without a watchdog.
    /// A power cut in the middle of a probe leaves the same mark. So the boot that finds it records without sound, the one after that tries once more, and only a second mark lasts until a self-test.
    /// </summary>
    internal sealed class MicrophoneGuard
    {
        internal const string FilePath = "I:\\mic.try";

        private const byte FirstTry = 1;
        private const byte LeftAlone = 2;
        private const byte SecondTry = 3;

        private byte _mark = FirstTry;

        /// <summary>True when the microphone is to be left alone in this boot, as a probe before it did not come back. Asked once a boot.</summary>
        internal bool HungBefore()
        {
            try
            {
                if (!File.Exists(FilePath))
                {
                    return false;
                }

                byte[] mark = File.ReadAllBytes(FilePath);
                if (mark.Length == 1 && mark[0] == LeftAlone)
                {
                    _mark = SecondTry;
                    return false;
                }

                if (mark.Length != 1 || mark[0] == FirstTry)
                {
                    Write(LeftAlone);
                }

                return true;
            }
            catch (Exception)
            {
                return false;
            }
        }

        /// <summary>A probe begins.</summary>
        internal void Enter()
        {
            Write(_mark);
        }

        /// <summary>The probe came back.</summary>
        internal void Leave()
        {
            _mark = FirstTry;
            try
            {
                if (File.Exists(FilePath))
                {
                    File.Delete(FilePath);
                }
            }
            catch (Exception)
            {
                // The next boot is without sound and says so; the one after it tries again.
                return;
            }
        }

        private static void Write(byte mark)
        {
            try
            {
                File.WriteAllBytes(FilePath, new byte[] { mark });
            }
            catch (Exception)
            {
                // Without the mark a hang comes back at the next boot; sound is worth that.
                return;
            }
        }
    }
}
