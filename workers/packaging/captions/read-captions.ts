// Captions as somebody sends them: WebVTT or SRT, told apart by what they are and not by what they are called. A file
// that breaks its format is refused with the line that does, because a player would drop what it does not understand
// and say nothing.
import { ok, refuse, type Result } from "#workers/result.ts";
import type { CaptionText, Cue } from "./cue.ts";

export interface CaptionFault {
  /** From 1; 0 for the file as a whole. */
  readonly line: number;
  readonly detail: string;
}

/** More than a word a second for a day: what lies beyond is no caption, and would be a burden to every viewer. */
export const maxCues = 100_000;
const longestMs = 100 * 3_600_000;

/** Decoded, without a byte order mark. */
export function readCaptions(text: string): Result<CaptionText, CaptionFault> {
  // WebVTT 4.1: U+0000 is U+FFFD to a parser, and lines end in any of three ways.
  const lines = text.replaceAll("\0", "\uFFFD").split(/\r\n|\r|\n/);
  const read = /^WEBVTT(?:[ \t]|$)/.test(lines[0] ?? "") ? readWebVtt(lines) : readSrt(lines);
  if (read.ok && read.value.cues.length === 0) return fault(0, "There is no cue in it.");
  return read;
}

const vttTiming =
  /^((?:\d{2,}:)?[0-5]\d:[0-5]\d\.\d{3})[ \t]+-->[ \t]+((?:\d{2,}:)?[0-5]\d:[0-5]\d\.\d{3})(?:[ \t]+(.*))?$/;

function readWebVtt(lines: readonly string[]): Result<CaptionText, CaptionFault> {
  const cues: Cue[] = [];
  const blocks: string[] = [];
  // What follows the first line up to an empty one is header, as X-TIMESTAMP-MAP is: of another packaging.
  let at = endOfBlock(lines, 0);
  while (at < lines.length) {
    const from = at;
    const end = endOfBlock(lines, from);
    at = Math.max(end, from + 1);
    if (end === from) continue;
    const head = lines[from] ?? "";
    if (/^NOTE(?:[ \t]|$)/.test(head)) continue;
    if (/^(?:STYLE|REGION)[ \t]*$/.test(head)) {
      // 4.1: they stand before the first cue; behind it parsers pass over them.
      if (cues.length === 0) blocks.push(lines.slice(from, end).join("\n"));
      continue;
    }
    const timingAt = head.includes("-->") ? from : from + 1;
    const match = timingAt < end ? vttTiming.exec((lines[timingAt] ?? "").trim()) : null;
    if (match === null)
      return fault(timingAt + 1, "Not a cue: times are as in 00:01:02.500 --> 00:01:04.000");
    const payload = lines.slice(timingAt + 1, end);
    const added = addCue(cues, timingAt, match, {
      settings: (match[3] ?? "").trim(),
      text: payload.join("\n"),
    });
    if (!added.ok) return added;
    const arrow = payload.findIndex((line) => line.includes("-->"));
    if (arrow >= 0)
      return fault(timingAt + 2 + arrow, "A cue's text can't hold -->: is an empty line missing?");
  }
  return ok({ blocks, cues });
}

const srtTiming =
  /^(\d{1,3}:[0-5]?\d:[0-5]?\d[,.]\d{1,3})[ \t]*-->[ \t]*(\d{1,3}:[0-5]?\d:[0-5]?\d[,.]\d{1,3})(?:[ \t].*)?$/;

function readSrt(lines: readonly string[]): Result<CaptionText, CaptionFault> {
  const cues: Cue[] = [];
  let at = 0;
  while (at < lines.length) {
    if (isEmpty(lines[at])) {
      at++;
      continue;
    }
    // A number, which may be left out, and the times.
    const timingAt = /^\d+$/.test((lines[at] ?? "").trim()) ? at + 1 : at;
    const match = srtTiming.exec((lines[timingAt] ?? "").trim());
    if (match === null) {
      return fault(timingAt + 1, "Neither WebVTT nor SRT: times are as in 00:01:02,500 --> 00:01:04,000");
    }
    at = endOfBlock(lines, timingAt);
    // A line that is empty within a text is common: the cue goes on unless another begins.
    while (at < lines.length && !beginsSrtCue(lines, at)) at++;
    const text = lines.slice(timingAt + 1, at).filter((line) => !isEmpty(line));
    const added = addCue(cues, timingAt, match, { settings: "", text: text.map(markupOfSrt).join("\n") });
    if (!added.ok) return added;
  }
  return ok({ blocks: [], cues });
}

function beginsSrtCue(lines: readonly string[], at: number): boolean {
  const numbered = /^\d+$/.test((lines[at] ?? "").trim()) ? at + 1 : at;
  return srtTiming.test((lines[numbered] ?? "").trim());
}

/** SRT knows b, i and u as HTML has them; colours and positions of its dialects are dropped, all else is text. */
function markupOfSrt(line: string): string {
  return (
    line
      // Neither looks beyond where another one begins: a line of openings alone would be read once for each of them.
      .replaceAll(/\{\\[^{}]*\}/g, "")
      .replaceAll(/<\/?font\b[^<>]*>/gi, "")
      .replaceAll(/&(?!(?:amp|lt|gt|nbsp|lrm|rlm);)/g, "&amp;")
      .replaceAll(/<(?!\/?[biu]>)/gi, "&lt;")
      .replaceAll("-->", "--&gt;")
      .replaceAll(/<(\/?)([BIU])>/g, (_, slash: string, tag: string) => `<${slash}${tag.toLowerCase()}>`)
  );
}

function addCue(
  cues: Cue[],
  lineIndex: number,
  [, start = "", end = ""]: RegExpExecArray,
  rest: Pick<Cue, "settings" | "text">,
): Result<null, CaptionFault> {
  const [startMs, endMs] = [millisecondsOf(start), millisecondsOf(end)];
  const line = lineIndex + 1;
  if (cues.length === maxCues) return fault(line, `More than ${maxCues} cues.`);
  if (endMs > longestMs) return fault(line, "A cue ends after 100 hours.");
  // WebVTT 4.1: "The time represented by this WebVTT timestamp must be greater than the start time of the cue."
  if (endMs <= startMs) return fault(line, "The cue ends before it begins.");
  const before = cues.at(-1);
  // 4.1: "must be greater than or equal to the start times of all previous cues in the file."
  if (before !== undefined && startMs < before.startMs)
    return fault(line, "The cue begins before the one above it: cues must be in order.");
  cues.push({ startMs, endMs, ...rest });
  return ok(null);
}

function millisecondsOf(text: string): number {
  const parts = text.replace(",", ".").split(":");
  const seconds = parts.reduce((sum, part) => sum * 60 + Number(part), 0);
  return Math.round(seconds * 1000);
}

/** The index of the empty line behind what begins at `from`, or where the file ends. */
function endOfBlock(lines: readonly string[], from: number): number {
  let at = from;
  while (at < lines.length && !isEmpty(lines[at])) at++;
  return at;
}

function isEmpty(line: string | undefined): boolean {
  return line === undefined || line.trim() === "";
}

function fault(line: number, detail: string) {
  return refuse({ line, detail });
}
