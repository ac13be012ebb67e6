using System;

namespace BodyCam.Firmware
{
    /// <summary>Marks code that runs for every frame: it allocates nothing, boxes nothing, and loops over pieces, never over bytes. The IL gate checks it.</summary>
    [AttributeUsage(AttributeTargets.Method | AttributeTargets.Constructor)]
    public sealed class FramePathAttribute : Attribute
    {
    }

    /// <summary>Marks a callee of the frame path that runs once a second or less, or only when something failed; it may allocate.</summary>
    [AttributeUsage(AttributeTargets.Method | AttributeTargets.Constructor)]
    public sealed class FramePathExemptAttribute : Attribute
    {
        /// <summary>States why this method is outside the frame budget.</summary>
        /// <param name="reason">One clause for the reader of the gate's output.</param>
        public FramePathExemptAttribute(string reason)
        {
            Reason = reason;
        }

        /// <summary>Why the method is exempt.</summary>
        public string Reason { get; }
    }
}
