// The beacon of a player: POST /p/{playbackId}/s/{session}/event. It says that someone still watches, and what
// happened; the answer says whether that may go on, and when to ask again. Whether it may is decided before this.
import { readBounded } from "#workers/http/read-bounded.ts";
import { ok, refuse, type Result } from "#workers/result.ts";
import type { Env } from "#workers/env.ts";
import type { CmcdIntake, ToldRequest } from "./cmcd-intake.ts";
import type { Cmcd, EventName, PlayerState } from "./cmcd-keys.ts";
import { parseCmcd } from "./cmcd.ts";
import { corsHeaders } from "./headers.ts";
import type { SessionClaims } from "./session.ts";

export type BeaconRefusal =
  | "beaconTooLarge"
  | "beaconTypeUnsupported"
  | "beaconNotJson"
  /** JSON, but neither an event of ours nor CMCD. */
  | "beaconNotUnderstood";

export interface BeaconReport {
  readonly told: readonly Cmcd[];
  /** The viewer has left, or the film is over: the stream needs no place any more. */
  readonly over: boolean;
}

export const maxBeaconBytes = 16 * 1024;

/** The short form, `{"event": "playing", "positionSeconds": 12.5}`, as what it stands for in CMCD. */
const shortEvents: Readonly<
  Record<string, { readonly e: EventName; readonly sta: PlayerState } | undefined>
> = {
  playing: { e: "t", sta: "p" },
  waiting: { e: "ps", sta: "r" },
  paused: { e: "ps", sta: "a" },
  ended: { e: "ps", sta: "e" },
  error: { e: "e", sta: "f" },
  quit: { e: "ps", sta: "q" },
};

const defaultSeconds = 2;
/** Nobody can be cut off a public video but by its playback id, so its players need not ask so often. */
const publicSeconds = 10;

export interface BeaconAnswer {
  readonly response: Response;
  readonly over: boolean;
}

/** Of a call whose session was found good: reads, notes, and says that it may go on. */
export async function answerBeacon(
  intake: CmcdIntake,
  call: ToldRequest,
  renewed: string | null = null,
): Promise<Result<BeaconAnswer, BeaconRefusal>> {
  const report = await readBeacon(call.request);
  if (!report.ok) return report;
  const { told, over } = report.value;
  call.ctx.waitUntil(intake.noteEvents(call, told));
  return ok({ response: beaconAnswer(call.session, call.env, renewed), over });
}

export async function readBeacon(request: Request): Promise<Result<BeaconReport, BeaconRefusal>> {
  const type = mediaTypeOf(request.headers.get("Content-Type"));
  // text/plain is JSON too: it is what sendBeacon sends of a text, and needs no preflight.
  if (type !== "application/cmcd" && type !== "application/json" && type !== "text/plain") {
    return refuse("beaconTypeUnsupported");
  }
  const bytes = request.body === null ? new Uint8Array(0) : await readBounded(request.body, maxBeaconBytes);
  if (bytes === null) return refuse("beaconTooLarge");
  const body = new TextDecoder().decode(bytes);
  // Its keys and events may be newer than ours: a line that tells nothing we know is still a sign of life.
  if (type === "application/cmcd") return ok(reportOf(parseCmcd({ mode: "lines", body })));
  const json = readJson(body);
  if (!json.ok) return json;
  const event = readShortEvent(json.value);
  const told = event === null ? parseCmcd({ mode: "json", body: json.value }) : [event];
  return told.length === 0 ? refuse("beaconNotUnderstood") : ok(reportOf(told));
}

/** `renewed`: the session that takes the place of this one in every URL. */
export function beaconAnswer(session: SessionClaims, env: Env, renewed: string | null = null): Response {
  const told = { state: "ok", nextSeconds: nextSecondsOf(session, env) };
  return new Response(JSON.stringify(renewed === null ? told : { ...told, session: renewed }), {
    headers: { ...corsHeaders, "Content-Type": "application/json", "Cache-Control": "no-store" },
  });
}

function nextSecondsOf({ tokenHash, streamLimit }: SessionClaims, env: Env): number {
  const setting = Number(env.BEACON_SECONDS);
  const seconds = setting > 0 ? setting : defaultSeconds;
  const protectedSession = streamLimit !== null || tokenHash.some((byte) => byte !== 0);
  return protectedSession ? seconds : Math.max(seconds, publicSeconds);
}

function reportOf(told: readonly Cmcd[]): BeaconReport {
  const state = told.findLast(({ sta }) => sta !== undefined)?.sta;
  return { told, over: state === "e" || state === "f" || state === "q" };
}

function readShortEvent(json: unknown): Cmcd | null {
  if (typeof json !== "object" || json === null || !("event" in json)) return null;
  const { event } = json;
  if (typeof event !== "string" || !Object.hasOwn(shortEvents, event)) return null;
  const meant = shortEvents[event];
  if (meant === undefined) return null;
  const seconds = "positionSeconds" in json ? json.positionSeconds : undefined;
  const known = typeof seconds === "number" && seconds >= 0 && seconds <= maxPositionSeconds;
  return { v: 2, ...meant, ...(known ? { pt: Math.round(seconds * 1000) } : {}) };
}

/** A year: a live stream's position counts from its start. */
const maxPositionSeconds = 366 * 86_400;

function readJson(body: string): Result<unknown, BeaconRefusal> {
  try {
    return ok(JSON.parse(body));
  } catch {
    return refuse("beaconNotJson");
  }
}

function mediaTypeOf(header: string | null): string {
  return (header ?? "").split(";", 1).join("").trim().toLowerCase();
}
