namespace BodyCam.Firmware.Parts
{
    /// <summary>A camera that delivers whole JPEG frames from a buffer of its own. Used by the capture thread only.</summary>
    public interface ICamera
    {
        /// <summary>Sets the sensor up. False when it does not answer; may be called again.</summary>
        bool Begin(int widthPx, int heightPx);

        /// <summary>Compression (4…63, lower is better) and exposure (night: longer frames, more gain) from the next <see cref="Begin"/> on; at once when the camera is set up. False when the sensor did not take it.</summary>
        bool Tune(int jpegQuality, bool night);

        /// <summary>Starts the capture of one frame; returns at once.</summary>
        void StartCapture();

        /// <summary>True once the frame lies in the camera's buffer.</summary>
        bool CaptureDone();

        /// <summary>Takes the frame over from the camera's buffer into <see cref="Frame"/>.</summary>
        /// <returns>Length from start to end marker in bytes; 0 when it is no picture or too long.</returns>
        int TakeFrame();

        /// <summary>The frame taken last; valid until the next one.</summary>
        byte[] Frame { get; }
    }

    /// <summary>A microphone that delivers what the chip samples: two channels, 16 bit.</summary>
    public interface IMicrophone
    {
        /// <summary>Opens it; false when the board has none or sound is off.</summary>
        bool Begin();

        /// <summary>Bytes for one <see cref="Read"/>.</summary>
        int PieceBytes { get; }

        /// <summary>Fills the piece; blocks until that much sound was heard.</summary>
        void Read(byte[] piece);

        /// <summary>Closes it.</summary>
        void End();
    }

    /// <summary>A battery-backed clock with whole seconds.</summary>
    public interface IKeptClock
    {
        /// <summary>Seconds since 1970; −1 when it does not answer or its oscillator has stopped since it was set.</summary>
        long ReadUnixSeconds();

        /// <summary>Sets it and clears the stop flag. False when it does not answer.</summary>
        bool WriteUnixSeconds(long unixSeconds);
    }

    /// <summary>State of the battery.</summary>
    public interface IGauge
    {
        /// <summary>Charge in percent, 0…100; −1 when it does not answer.</summary>
        int ReadPercent();

        /// <summary>Cell voltage in mV; −1 when it does not answer.</summary>
        int ReadMillivolts();
    }

    /// <summary>The card in its socket.</summary>
    public interface ICardSocket
    {
        /// <summary>Mounts the card as <c>D:</c>. False when there is none or it is not readable.</summary>
        bool Mount();

        /// <summary>Lets go of it.</summary>
        void Unmount();

        /// <summary>True while a card is in the socket.</summary>
        bool IsPresent { get; }
    }

    /// <summary>Lights and sound that the officer sees and hears.</summary>
    public interface IIndicators
    {
        /// <summary>The red recording light.</summary>
        void RecordLight(bool on);

        /// <summary>The status light.</summary>
        void StatusLight(bool on);

        /// <summary>Starts (frequency &gt; 0) or ends (0) a tone.</summary>
        void Tone(int frequencyHz);
    }

    /// <summary>Levels of the two buttons, for what their edges cannot tell: a hold from before power-up, a button that sticks.</summary>
    public interface IButtons
    {
        /// <summary>True while the record button is down.</summary>
        bool IsRecordDown { get; }

        /// <summary>True while the note button is down.</summary>
        bool IsNoteDown { get; }
    }

    /// <summary>The wireless link below MQTT.</summary>
    public interface IWireless
    {
        /// <summary>True when joined and with an address.</summary>
        bool IsJoined { get; }

        /// <summary>Leaves the present network for the named one. Blocks the calling thread for up to 35 s; false when it refuses, is not there or gives no address. Never throws.</summary>
        bool Join(string ssid, string password);

        /// <summary>Level of the strongest access point of that name (any name when empty), in dBm; 0 when none was heard. Scans for about 7 s. Never throws.</summary>
        int LevelDbm(string ssid);

        /// <summary>Asks the SNTP server once; the chip's wall clock is stepped when it answers. Never throws.</summary>
        void AskTime(string server);
    }
}
