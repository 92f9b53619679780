// What captions say when, out of a WebVTT file of our own. Pure.

export interface Cue {
  /** As the file writes it, without what is zero in front. */
  readonly from: string;
  readonly to: string;
  readonly text: string;
}

/** WebVTT 4.1: blocks between blank lines, of which those with a line of times are cues. */
export function cuesOf(file: string): readonly Cue[] {
  return file
    .replaceAll(/\r\n?/g, "\n")
    .split(/\n{2,}/)
    .flatMap((block) => {
      const lines = block.split("\n");
      const at = lines.findIndex((line) => line.includes("-->"));
      const [, from = "", to = ""] = /([\d:.]+)\s+-->\s+([\d:.]+)/.exec(lines[at] ?? "") ?? [];
      if (from === "") return [];
      const text = lines
        .slice(at + 1)
        .join("\n")
        .trim();
      return [{ from: shortened(from), to: shortened(to), text: plain(text) }];
    });
}

const shortened = (time: string): string => time.replace(/^00:(?=\d\d:)/, "");

/** Without tags of voices and looks, and with what was escaped. */
function plain(text: string): string {
  return text
    .replaceAll(/<[^>]*>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&nbsp;", "\u00a0")
    .replaceAll("&amp;", "&");
}
