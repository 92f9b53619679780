// WebVTT from text that nobody vouches for: cues in order, no time before 0, of all markup only bold, italic and
// underlined, nothing that could be read as another block (a style sheet, a region, a cue). Pure.

export interface Cue {
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** As it was found. */
  readonly lines: readonly string[];
}

const maxCues = 50_000;
const maxLines = 20;
const maxLineChars = 2_000;

/** WebVTT 4.1: hours may be left out. */
const timing =
  /^((?:\d+:)?[0-5]\d:[0-5]\d\.\d{3})[ \t]+-->[ \t]+((?:\d+:)?[0-5]\d:[0-5]\d\.\d{3})(?:[ \t]|$)/;

/** Cues as FFmpeg's muxer writes them, moved by `shiftSeconds`. An empty line within a text ends nothing. */
export function readCues(text: string, shiftSeconds: number): readonly Cue[] {
  const cues: (Cue & { readonly lines: string[] })[] = [];
  for (const line of text.replaceAll("\0", "").split(/\r\n|\r|\n/)) {
    const [, start, end] = timing.exec(line) ?? [];
    if (start !== undefined && end !== undefined) {
      if (cues.length === maxCues) break;
      const [startSeconds, endSeconds] = [secondsOf(start) + shiftSeconds, secondsOf(end) + shiftSeconds];
      cues.push({ startSeconds, endSeconds, lines: [] });
      continue;
    }
    const open = cues.at(-1);
    if (open && open.lines.length < maxLines && line.trim() !== "") open.lines.push(line);
  }
  return cues;
}

/** Null when there is nothing to show. Cues beyond `maxBytes` are left out. */
export function writeWebVtt(cues: readonly Cue[], maxBytes: number): string | null {
  const shown = cues
    .map((cue) => ({ ...cue, startSeconds: Math.max(0, cue.startSeconds), text: safeText(cue.lines) }))
    .filter(
      ({ startSeconds, endSeconds, text }) =>
        milliseconds(endSeconds) > milliseconds(startSeconds) && text !== "",
    )
    // By the times as they are written, so that what is read back is in the same order.
    .toSorted(
      (a, b) =>
        milliseconds(a.startSeconds) - milliseconds(b.startSeconds) ||
        milliseconds(a.endSeconds) - milliseconds(b.endSeconds),
    );
  const blocks = ["WEBVTT\n"];
  const encoder = new TextEncoder();
  let sizeBytes = blocks[0]?.length ?? 0;
  for (const { startSeconds, endSeconds, text } of shown) {
    const block = `\n${timeText(startSeconds)} --> ${timeText(endSeconds)}\n${text}\n`;
    sizeBytes += encoder.encode(block).length;
    if (sizeBytes > maxBytes) break;
    blocks.push(block);
  }
  return blocks.length === 1 ? null : blocks.join("");
}

const allowedTag = /<(\/?[biu])>/g;

/** Lines of one cue: no `-->`, no tag but those allowed, each of which is closed within its cue. */
function safeText(lines: readonly string[]): string {
  const open: string[] = [];
  const safe = lines.map((line) => {
    let text = "";
    let at = 0;
    const cut = line.slice(0, maxLineChars);
    for (const match of cut.matchAll(allowedTag)) {
      text += escaped(cut.slice(at, match.index));
      at = match.index + match[0].length;
      const [, tag = ""] = match;
      if (!tag.startsWith("/")) {
        open.push(tag);
        text += match[0];
      } else if (open.at(-1) === tag.slice(1)) {
        open.pop();
        text += match[0];
      }
    }
    return text + escaped(cut.slice(at));
  });
  // An empty line ends a cue.
  const text = safe
    .filter((line) => line.trim() !== "")
    .join("\n")
    .trim();
  const isEmpty = text.replaceAll(allowedTag, "").trim() === "";
  return isEmpty
    ? ""
    : text +
        open
          .toReversed()
          .map((tag) => `</${tag}>`)
          .join("");
}

/** Control characters are no text. What FFmpeg escaped already is not escaped twice. */
function escaped(text: string): string {
  return text
    .replaceAll(/\p{Cc}/gu, "")
    .replaceAll(/&(?!(?:amp|lt|gt|nbsp|lrm|rlm);)/g, "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}

function secondsOf(text: string): number {
  return text.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}

const milliseconds = (seconds: number) => Math.round(seconds * 1000);

function timeText(seconds: number): string {
  const all = milliseconds(seconds);
  const part = (unit: number, size: number) => String(Math.floor(all / unit) % size).padStart(2, "0");
  const hours = String(Math.floor(all / 3_600_000)).padStart(2, "0");
  return `${hours}:${part(60_000, 60)}:${part(1000, 60)}.${String(all % 1000).padStart(3, "0")}`;
}
