using BodyCam.Core;

namespace BodyCam.Custody.Intake;

/// <summary>Stop reasons of recorders (storage format §3) as InterruptionReason (REQUIREMENTS, vocabulary).</summary>
public static class InterruptionReasons
{
    /// <summary>The word for a number; faults of card, camera and power are faults of the device.</summary>
    public static string Of(long number) => (StopReason)number switch
    {
        StopReason.DeviceFault or StopReason.PowerLost or StopReason.CardFault or StopReason.CameraFault => "device_fault",
        StopReason.LowBattery => "low_battery",
        StopReason.LowStorage => "low_storage",
        StopReason.Weather => "weather",
        StopReason.SiteChange => "site_change",
        StopReason.Obstruction => "obstruction",
        _ => "other_objective",
    };
}
