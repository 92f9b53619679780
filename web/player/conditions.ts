// Why a video does not play, as a viewer should hear it. Pure: the answer's code in, words out.

/** What stands between the viewer and the picture. */
export type Condition =
  | "preparing"
  | "notFound"
  | "notPlayable"
  | "tokenRequired"
  | "refused"
  | "network"
  | "busy"
  | "decode"
  | "unsupported";

export interface Notice {
  readonly title: string;
  readonly detail: string;
  /** wait: the player asks again by itself; retry: the viewer may; none: asking again can't help. */
  readonly next: "wait" | "retry" | "none";
}

/** `status` 0 stands for no answer at all; `code` is the problem document's, when there was one. */
export function conditionOf(status: number, code: string | null): Condition {
  if (code === "notYetPlayable" || code === "notYetComplete") return "preparing";
  if (code === "playbackTokenRequired") return "tokenRequired";
  if (code === "videoNotPlayable") return "notPlayable";
  if (status === 0) return "network";
  if (status === 404 || status === 410) return "notFound";
  if (status === 401 || status === 403) return "refused";
  return status === 429 || status >= 500 ? "busy" : "refused";
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
    case "refused":
      return {
        title: "Playback was refused",
        detail: "Your access to this video has ended. Reload the page or ask for a new link.",
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
