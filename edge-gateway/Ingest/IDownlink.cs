using BodyCam.Core;

namespace BodyCam.Ingest;

/// <summary>The way to a recorder; in-process MQTT here, RabbitMQ elsewhere (DESIGN D6).</summary>
public interface IDownlink
{
    /// <summary>Queues a message for the recorder's <c>down</c> topic. A message that cannot be queued is dropped: the recorder's next offer asks again.</summary>
    void Send(DeviceId device, byte[] message);
}
