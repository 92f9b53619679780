// Why a video does not play, as a viewer should hear it. Pure: the answer's code in, words out.

/** What stands between the viewer and the picture. */
export type Condition =
  | "preparing"
  | "notFound"
  | "notPlayable"
  | "tokenRequired"
  | "tokenInvalid"
  | "tokenExpired"
  | "revoked"
  | "evicted"
  | "tooManyStreams"
  | "shared"
  | "sessionEnded"
  | "notHere"
  | "notNow"
  | "notOnThisPage"
  | "nothingAllowed"
  | "refused"
  | "rateLimited"
  | "network"
  | "busy"
  | "keyRefused"
  | "noKeySystem"
  | "decode"
  | "unsupported";

export interface Notice {
  readonly title: string;
  readonly detail: string;
  /** wait: the player asks again by itself; retry: the viewer may; none: asking again can't help. */
  readonly next: "wait" | "retry" | "none";
}

/** Codes of docs/errors.md that say more than their status. */
const conditions: ReadonlyMap<string, Condition> = new Map<string, Condition>([
  ["notYetPlayable", "preparing"],
  ["notYetComplete", "preparing"],
  ["videoNotPlayable", "notPlayable"],
  ["playbackTokenRequired", "tokenRequired"],
  ["playbackTokenInvalid", "tokenInvalid"],
  ["playbackTokenExpired", "tokenExpired"],
  ["playbackTokenNotYetValid", "notNow"],
  ["revoked", "revoked"],
  ["streamEvicted", "evicted"],
  ["streamLimitReached", "tooManyStreams"],
  ["sessionShared", "shared"],
  ["sessionExpired", "sessionEnded"],
  ["invalidSession", "sessionEnded"],
  ["notAvailableHere", "notHere"],
  ["notAvailableNow", "notNow"],
  ["originNotAllowed", "notOnThisPage"],
  ["noRenditionAllowed", "nothingAllowed"],
  ["rateLimited", "rateLimited"],
]);

/** `status` 0 stands for no answer at all; `code` is the problem document's, when there was one. */
export function conditionOf(status: number, code: string | null): Condition {
  const told = code === null ? undefined : conditions.get(code);
  if (told !== undefined) return told;
  if (status === 0) return "network";
  if (status === 404 || status === 410) return "notFound";
  if (status === 401 || status === 403) return "refused";
  if (status === 429) return "rateLimited";
  return status >= 500 ? "busy" : "refused";
}

/**
 * What becomes of a source that was playing. stop: no request more, and none anew: a session made anew would take the
 * place of another stream, or be refused for the same reason. renew: a new session may be all that is missing; if that
 * does not help, it is over too (`renewOrStop`) or the engine goes on trying (`renewOrStay`). stay: nothing.
 */
export type Consequence = "stop" | "renewOrStop" | "renewOrStay" | "stay";

export function consequenceOf(condition: Condition): Consequence {
  switch (condition) {
    case "notPlayable":
    case "tokenRequired":
    case "tokenInvalid":
    case "tokenExpired":
    case "revoked":
    case "evicted":
    case "tooManyStreams":
    case "shared":
    case "notHere":
    case "notNow":
    case "notOnThisPage":
    case "nothingAllowed":
    case "refused":
    case "keyRefused":
    case "noKeySystem":
      return "stop";
    case "sessionEnded":
    case "notFound":
      return "renewOrStop";
    case "network":
    case "busy":
      return "renewOrStay";
    case "preparing":
    case "rateLimited":
    case "decode":
    case "unsupported":
      return "stay";
  }
}

/** Another token may be all that is missing. */
export function helpsToken(condition: Condition): boolean {
  return (
    condition === "tokenRequired" ||
    condition === "tokenInvalid" ||
    condition === "tokenExpired" ||
    condition === "sessionEnded"
  );
}

export function noticeFor(condition: Condition): Notice {
  switch (condition) {
    case "preparing":
      return {
        title: "This video is being prepared",
        detail: "It starts by itself as soon as the first seconds are ready.",
        next: "wait",
      };
    case "notFound":
      return {
        title: "There is no such video",
        detail: "It may have been removed, or the link is not complete.",
        next: "none",
      };
    case "notPlayable":
      return {
        title: "This video can’t be played",
        detail: "Its file could not be turned into a stream.",
        next: "none",
      };
    case "tokenRequired":
      return {
        title: "This video is protected",
        detail: "Open it from the site that gave you the link.",
        next: "none",
      };
    case "tokenInvalid":
      return {
        title: "This link is not valid",
        detail: "Open the video again from the site that gave you the link.",
        next: "none",
      };
    case "tokenExpired":
      return {
        title: "This link has expired",
        detail: "Open the video again from the site that gave you the link.",
        next: "none",
      };
    case "revoked":
      return {
        title: "Playback was stopped",
        detail: "Your access to this video was ended.",
        next: "none",
      };
    case "evicted":
      return {
        title: "You are watching on another device",
        detail: "A newer stream took the place of this one.",
        next: "retry",
      };
    case "tooManyStreams":
      return {
        title: "Too many streams at once",
        detail: "Stop watching on another device, wait a moment, and try again.",
        next: "retry",
      };
    case "shared":
      return {
        title: "Playback was stopped",
        detail: "This stream was used in several places at once.",
        next: "retry",
      };
    case "sessionEnded":
      return {
        title: "Your session has ended",
        detail: "Reload the page, or ask for a new link.",
        next: "retry",
      };
    case "notHere":
      return {
        title: "This video is not available here",
        detail: "It may not be watched from your country or network.",
        next: "none",
      };
    case "notNow":
      return {
        title: "This video is not available now",
        detail: "It can be watched at another time.",
        next: "retry",
      };
    case "notOnThisPage":
      return {
        title: "This video can’t be watched on this page",
        detail: "Its owner allows it on other sites only.",
        next: "none",
      };
    case "nothingAllowed":
      return {
        title: "This video can’t be played for you",
        detail: "No version of it fits what you are allowed to watch.",
        next: "none",
      };
    case "refused":
      return {
        title: "Playback was refused",
        detail: "You don’t have access to this video. Reload the page, or ask for a new link.",
        next: "retry",
      };
    case "rateLimited":
      return {
        title: "Too many requests",
        detail: "Wait a moment, then try again.",
        next: "retry",
      };
    case "network":
      return {
        title: "The connection was lost",
        detail: "Check your network. The video goes on from where it stopped.",
        next: "retry",
      };
    case "busy":
      return {
        title: "The video service can’t answer now",
        detail: "This is usually over in a moment.",
        next: "retry",
      };
    case "keyRefused":
      return {
        title: "This video is protected",
        detail: "The key that it needs was refused. Reload the page, or ask for a new link.",
        next: "retry",
      };
    case "noKeySystem":
      return {
        title: "Your browser can’t play this video",
        detail: "It is protected in a way that this browser does not know.",
        next: "none",
      };
    case "decode":
      return {
        title: "The video can’t be shown",
        detail: "Your browser could not decode it.",
        next: "retry",
      };
    case "unsupported":
      return {
        title: "Your browser can’t play this video",
        detail: "It supports neither Media Source Extensions nor HLS.",
        next: "none",
      };
  }
}

/** The `code` of an RFC 9457 body, or null for anything else. */
export function problemCode(body: string): string | null {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed !== "object" || parsed === null || !("code" in parsed)) return null;
    return typeof parsed.code === "string" ? parsed.code : null;
  } catch {
    return null;
  }
}

/** 2 s, then half as long again each time, up to 10 s: a first chunk takes seconds, a long queue minutes. */
export function preparingDelayMs(attempt: number): number {
  return Math.min(10_000, 2000 * 1.5 ** attempt);
}
