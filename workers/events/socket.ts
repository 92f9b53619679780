// GET /v1/events as a socket. A browser can't set headers there: the credential is the second of the protocols that it
// asks for, after the one that is spoken. An API key, or a ticket.
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { limitFailedAuthentication } from "#workers/access/rate-limit.ts";
import { rateLimited } from "#workers/access/rate-limited.ts";
import { requireScope } from "#workers/access/require-scope.ts";
import { viewerIpOf } from "#workers/access/viewer-place.ts";
import { problem } from "#workers/http/api-routes.ts";
import type { ApiEnv } from "#workers/http/context.ts";
import { eventQuery } from "./live-contract.ts";
import { protocol, type Listening } from "./listeners.ts";
import { listeningUrl } from "./listening-url.ts";
import { isTicket, readTicket } from "./ticket.ts";

/** Answers upgrades; what is none goes on to the list. */
export const eventSocket = createMiddleware<ApiEnv>(async (c, next) => {
  if (c.req.header("Upgrade")?.toLowerCase() !== "websocket") return next();
  const query = eventQuery.safeParse(c.req.query());
  if (!query.success) {
    const errors = query.error.issues.map(({ path, message }) => ({
      pointer: path.slice(0, 1).join("."),
      detail: message,
    }));
    return problem(c, "invalidParameter", { errors });
  }
  const wanted = { after: query.data.after ?? null, videoIds: query.data.videoId ?? null };
  const asked = c.req.header("Sec-WebSocket-Protocol");
  const [spoken, credential, ...more] = asked?.split(",").map((name) => name.trim()) ?? [];
  if (asked !== undefined && (spoken !== protocol || more.length > 0)) {
    return problem(c, "badRequest", {
      detail: `Ask for the protocols ${protocol} and a key or ticket, in this order.`,
    });
  }
  if (credential !== undefined && isTicket(credential)) return openByTicket(c, wanted, credential);
  if (credential !== undefined) authorize(c, credential);
  return requireScope("videos:read")(c, async () => {
    c.res = await open(c, wanted);
  });
});

async function openByTicket(c: Context<ApiEnv>, wanted: Listening, text: string): Promise<Response> {
  const ticket = await readTicket(c.env.OBJECT_URL_KEY, text, Date.now());
  if (!ticket.ok) {
    const counted = await limitFailedAuthentication(c.env, viewerIpOf(c.req.raw.headers));
    if (!counted.ok) return rateLimited(c, counted.reason);
    const detail =
      ticket.reason === "expired" ? "The ticket has expired: get another." : "The ticket is not valid.";
    const headers = { "WWW-Authenticate": 'Bearer realm="sluice", error="invalid_token"' };
    return problem(c, "unauthenticated", { detail, headers });
  }
  const { videoId } = ticket.value;
  if (videoId === null) return open(c, wanted);
  if (wanted.videoIds !== null && wanted.videoIds.some((id) => id !== videoId))
    return problem(c, "forbidden", { detail: "The ticket is for another video." });
  return open(c, { ...wanted, videoIds: [videoId] });
}

function authorize(c: Context<ApiEnv>, key: string): void {
  const headers = new Headers(c.req.raw.headers);
  headers.set("Authorization", `Bearer ${key}`);
  c.req.raw = new Request(c.req.raw, { headers });
}

async function open(c: Context<ApiEnv>, listening: Listening): Promise<Response> {
  const hub = c.env.EVENT_HUB.getByName("hub");
  const answer = await hub.fetch(listeningUrl(listening), { headers: { Upgrade: "websocket" } });
  const { webSocket } = answer;
  if (webSocket === null) {
    const detail = "As many listen as can.";
    return problem(c, "unavailable", { detail, headers: { "Retry-After": "30" } });
  }
  // RFC 6455 4.2.2: one of those that were asked for, or none.
  const headers =
    c.req.header("Sec-WebSocket-Protocol") === undefined ? {} : { "Sec-WebSocket-Protocol": protocol };
  return new Response(null, { status: 101, webSocket, headers });
}
