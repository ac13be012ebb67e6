using BodyCam.Custody.Acts;
using BodyCam.Rules.Deadlines;
using BodyCam.Web.Sign;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BodyCam.Web.Api;

/// <summary>The gateway's clock: whether it stepped, and a person's word that it is right (DESIGN D11).</summary>
internal static class ClockApi
{
    /// <summary>State of the clock.</summary>
    public sealed record ClockAnswer(DateTimeOffset Now, bool IsHeld, ClockStep? Step);

    /// <summary>A confirmation of the step that was shown.</summary>
    public sealed record ConfirmClockBody(ClockStep Step, string Reason);

    /// <summary>A confirmed step, as the log keeps it.</summary>
    public sealed record ClockConfirmed(string Id, ClockStep Step, string By, string Reason, DateTimeOffset At) : IEntity
    {
        public static string Kind => "clock_confirmation";
    }

    public static void Map(RouteGroupBuilder api, ClockGuard guard)
    {
        api.MapGet("/clock", () =>
        {
            var verdict = guard.Observe();
            return TypedResults.Ok(new ClockAnswer(verdict.Now, verdict.IsHeld, verdict.Pending));
        }).WithName("clock").WithSummary("The gateway's clock, and the step that waits for a person.");
        api.MapPost("/clock/confirm", async (ConfirmClockBody body, HttpContext http, Office office, CancellationToken cancel) =>
        {
            // The word goes into the log first; then time counts again.
            var outcome = await ActRoutes.DoAsync(http, office, "clock.confirm", draft =>
                string.IsNullOrWhiteSpace(body.Reason) ? Refusal.Invalid("text_missing", "请写明核对时间的依据。")
                : guard.Observe().Pending != body.Step ? Refusal.Conflict("other_step", "时钟状态已变化。请重新查看 GET /api/v1/clock 后确认。")
                : (Outcome<ClockConfirmed>)draft.Put(new ClockConfirmed(draft.NewId(ClockConfirmed.Kind), body.Step, draft.Actor.Id, body.Reason, draft.Now)), cancel).ConfigureAwait(false);
            if (outcome is IStatusCodeHttpResult { StatusCode: 200 })
                guard.Confirm(body.Step, SignedIn.ActorOf(http).Id, body.Reason);
            return outcome;
        }).WithName("clock.confirm").WithSummary("A person says that the clock is right now.").WithMetadata(new ActName("clock.confirm")).Produces<ClockConfirmed>().ProducesProblem(403).ProducesProblem(409);
    }
}
