using System;
using System.IO;

namespace BodyCam.Firmware.Capture
{
    /// <summary>
    /// Remembers on <c>I:</c> that the microphone is being probed: a microphone whose clock does not run holds the whole chip inside its read, without an exception and without a watchdog.
    /// The boot after that finds the mark and records without sound.
    /// </summary>
    internal sealed class MicrophoneGuard
    {
        internal const string FilePath = "I:\\mic.try";

        /// <summary>True when the last probe did not come back.</summary>
        internal bool HungBefore()
        {
            try
            {
                return File.Exists(FilePath);
            }
            catch (Exception)
            {
                return false;
            }
        }

        /// <summary>A probe begins.</summary>
        internal void Enter()
        {
            try
            {
                File.WriteAllBytes(FilePath, new byte[1]);
            }
            catch (Exception)
            {
                // Without the mark a hang comes back at the next boot; sound is worth that.
                return;
            }
        }

        /// <summary>The probe came back.</summary>
        internal void Leave()
        {
            try
            {
                if (File.Exists(FilePath))
                {
                    File.Delete(FilePath);
                }
            }
            catch (Exception)
            {
                // The next boot is without sound and says so; the self-test clears the mark.
                return;
            }
        }
    }
}
