namespace BodyCam.Mqtt.Endpoint;

/// <summary>Decides what a principal may publish and read. Called on the connection's task; must not block.</summary>
public interface IMqttTopicPolicy
{
    /// <summary>True when the principal may publish to this name. Asked for every PUBLISH, so it should not allocate.</summary>
    bool MayPublish(MqttPrincipal principal, string topic);

    /// <summary>True when the principal may subscribe to this filter; asked again when a session is resumed.</summary>
    bool MaySubscribe(MqttPrincipal principal, string filter);
}
