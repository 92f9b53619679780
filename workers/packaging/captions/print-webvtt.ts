import { timestamp, type CaptionText, type Cue } from "./cue.ts";

export function printWebVtt({ blocks, cues }: CaptionText, header: readonly string[] = []): string {
  const parts = [["WEBVTT", ...header].join("\n"), ...blocks];
  for (const { startMs, endMs, settings, text } of cues) {
    const times = `${timestamp(startMs)} --> ${timestamp(endMs)}`;
    parts.push(`${settings === "" ? times : `${times} ${settings}`}${text === "" ? "" : `\n${text}`}`);
  }
  return `${parts.join("\n\n")}\n`;
}

/**
 * RFC 8216bis 3.1.4: cue times are on the clock of the media. Without the line a client has to assume just this, but
 * hls.js then takes them for seconds of the playlist, which is another clock where the playlist begins inside a film.
 */
export const mediaClock = "X-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0";

export interface CaptionCut {
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  /** Added to what is left. */
  readonly shiftMs: number;
}

/** The cues that are seen between two moments. One that began before keeps its start unless that would lie before 0. */
export function cutCaptions(
  { blocks, cues }: CaptionText,
  { fromMs, toMs, shiftMs }: CaptionCut,
): CaptionText {
  const kept: Cue[] = [];
  for (const cue of cues) {
    if (cue.startMs >= toMs) break;
    if (cue.endMs <= fromMs) continue;
    const startMs = Math.max(0, cue.startMs + shiftMs);
    kept.push({ ...cue, startMs, endMs: Math.max(startMs + 1, cue.endMs + shiftMs) });
  }
  return { blocks, cues: kept };
}
