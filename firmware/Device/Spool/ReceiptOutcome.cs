namespace BodyCam.Firmware.Storage
{
    /// <summary>What became of a receipt.</summary>
    public enum ReceiptOutcome
    {
        /// <summary>The ledger has it.</summary>
        Accepted = 0,

        /// <summary>Wrong version, type, state or length.</summary>
        Malformed = 1,

        /// <summary>For another recorder.</summary>
        WrongDevice = 2,

        /// <summary>Made under the key of another epoch.</summary>
        WrongKeyEpoch = 3,

        /// <summary>The MAC does not match.</summary>
        BadMac = 4,

        /// <summary>A segment that this card does not hold.</summary>
        UnknownSegment = 5,

        /// <summary>A seal digest that is not the one on this card.</summary>
        WrongDigest = 6,

        /// <summary>The checkpoint is older than, or contradicts, the one kept.</summary>
        CheckpointOlder = 7,

        /// <summary>The ledger could not be written; the gateway will send it again.</summary>
        LedgerFailed = 8,
    }
}
