namespace BodyCam.Firmware.Storage
{
    /// <summary>How the card relates to what <c>I:</c> remembers.</summary>
    public enum CardChange
    {
        /// <summary>The card last used.</summary>
        Same = 0,

        /// <summary>An empty card, and no other was used in this epoch.</summary>
        New = 1,

        /// <summary>Another card than the one last used.</summary>
        Swapped = 2,

        /// <summary>The card last used, in an older state: a copy was put back.</summary>
        Older = 3,

        /// <summary><c>I:</c> was lost while the card already holds recordings of this epoch.</summary>
        StateLost = 4,
    }
}
