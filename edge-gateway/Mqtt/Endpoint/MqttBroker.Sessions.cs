using BodyCam.Mqtt.Codec;

namespace BodyCam.Mqtt.Endpoint;

/// <summary>Answer to a CONNECT that passed authentication.</summary>
internal readonly record struct MqttAttachResult(MqttReasonCode Reason, MqttSession? Session, bool Present);

internal sealed partial class MqttBroker
{
    /// <summary>Give-ups after this many rivals for one client identifier.</summary>
    private const int TakeoverAttemptsMax = 4;

    /// <summary>
    /// Binds a session to the connection. A connection that holds the client identifier is closed first and
    /// waited for, so that a client never has two tasks in the handler.
    /// </summary>
    public async ValueTask<MqttAttachResult> AttachAsync(
        MqttConnection connection, MqttConnect connect, MqttPrincipal principal, int window, CancellationToken cancellationToken)
    {
        for (int attempt = 0; attempt < TakeoverAttemptsMax; attempt++)
        {
            MqttConnection? rival = null;
            MqttWill? will = null;
            MqttPrincipal? willOwner = null;
            MqttAttachResult result = default;
            lock (gate)
            {
                sessions.TryGetValue(principal.ClientId, out var session);
                rival = session?.Connection;
                if (rival is null)
                {
                    (will, willOwner) = (session?.PendingWill, session?.Principal);
                    result = AttachNeedsLock(session, connection, connect, principal, window);
                    if (result.Present)
                        will = null; // The client is back before the delay was over [MQTT-3.1.3-9].
                }
            }

            if (rival is null)
            {
                if (will is not null)
                    await PublishWillAsync(will, willOwner!);
                return result;
            }

            rival.RequestClose(MqttReasonCode.SessionTakenOver);
            try
            {
                await rival.Completion.WaitAsync(Options.TakeoverDeadline, time, cancellationToken);
            }
            catch (TimeoutException)
            {
                break;
            }
        }

        return new MqttAttachResult(MqttReasonCode.ServerBusy, Session: null, Present: false);
    }

    /// <summary>Unbinds the session; keeps it for its expiry, ends it without. Publishes or schedules the will.</summary>
    public async ValueTask DetachAsync(MqttSession session, MqttConnection connection, MqttWill? will)
    {
        lock (gate)
        {
            if (session.Connection != connection)
                return;
            session.Detach();
            var delay = TimeSpan.FromSeconds(will?.Properties?.WillDelayIntervalS ?? 0);
            if (session.Expiry == TimeSpan.Zero)
            {
                RemoveNeedsLock(session);
            }
            else
            {
                session.ExpiresAt = Now + session.Expiry;
                if (will is not null && delay > TimeSpan.Zero)
                {
                    (session.PendingWill, session.WillDueAt) = (will, Now + delay);
                    will = null;
                }
            }
        }

        if (will is not null)
            await PublishWillAsync(will, session.Principal);
    }

    /// <summary>Adds or replaces a subscription.</summary>
    /// <returns>False when the session's bound is reached; <paramref name="isNew"/> tells adding from replacing.</returns>
    public bool TrySubscribe(MqttSubscription subscription, out bool isNew)
    {
        lock (gate)
        {
            var own = subscription.Session.Subscriptions;
            isNew = !own.ContainsKey(subscription.Request.Filter);
            if (isNew && own.Count >= Options.SubscriptionsPerSessionMax)
                return false;
            own[subscription.Request.Filter] = subscription;
            tree.Set(subscription);
            return true;
        }
    }

    /// <summary>Removes a subscription; false when there was none.</summary>
    public bool Unsubscribe(MqttSession session, string filter)
    {
        lock (gate)
        {
            if (!session.Subscriptions.Remove(filter))
                return false;
            tree.Remove(session, filter);
            return true;
        }
    }

    private MqttAttachResult AttachNeedsLock(
        MqttSession? session, MqttConnection connection, MqttConnect connect, MqttPrincipal principal, int window)
    {
        bool resume = session is not null && !connect.CleanStart && !(session.ExpiresAt <= Now)
            && string.Equals(session.Principal.Name, principal.Name, StringComparison.Ordinal);
        if (!resume)
        {
            if (session is not null)
                RemoveNeedsLock(session);
            if (sessions.Count >= Options.SessionsMax)
                return new MqttAttachResult(MqttReasonCode.QuotaExceeded, Session: null, Present: false);
            sessions[principal.ClientId] = session = new MqttSession(principal.ClientId, principal, Options);
        }

        session!.Principal = principal;
        session.PendingWill = null;
        session.ExpiresAt = null;
        session.Expiry = ExpiryOf(connect);
        foreach (string filter in session.Subscriptions.Keys.ToArray())
        {
            if (Policy.MaySubscribe(principal, filter))
                continue;
            session.Subscriptions.Remove(filter);
            tree.Remove(session, filter);
        }

        session.Attach(connection, window);
        return new MqttAttachResult(MqttReasonCode.Success, session, resume);
    }

    // In 3.1.1 a session with Clean Session 0 has no expiry of its own; the endpoint's maximum stands in.
    private TimeSpan ExpiryOf(MqttConnect connect)
    {
        if (connect.Version == MqttProtocolVersion.V311)
            return connect.CleanStart ? TimeSpan.Zero : Options.SessionExpiryMax;
        var wished = TimeSpan.FromSeconds(connect.Properties?.SessionExpiryIntervalS ?? 0);
        return wished < Options.SessionExpiryMax ? wished : Options.SessionExpiryMax;
    }

    private void RemoveNeedsLock(MqttSession session)
    {
        foreach (string filter in session.Subscriptions.Keys)
            tree.Remove(session, filter);
        session.Subscriptions.Clear();
        sessions.Remove(session.ClientId);
    }
}
