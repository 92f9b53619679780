// The text that tells a player which part of which sheet shows a moment: WebVTT cues whose payload is a URL with a
// media fragment, as players with a preview on their time bar read it.

export interface Storyboard {
  readonly durationSeconds: number;
  /** Where in the film it begins: of a part of one. */
  readonly fromSeconds?: number;
  /** Each tile stands for so long. */
  readonly everySeconds: number;
  readonly count: number;
  readonly columns: number;
  readonly rows: number;
  /** Of a tile, in pixels. */
  readonly width: number;
  readonly height: number;
}

/** `sheetUrl` may not hold a line break; it is followed by `#xywh=` (W3C Media Fragments 4.2.2). */
export function printStoryboard(board: Storyboard, sheetUrl: (sheet: number) => string): string {
  const { durationSeconds, everySeconds, count, columns, rows, width, height, fromSeconds = 0 } = board;
  const endSeconds = fromSeconds + durationSeconds;
  const lines = ["WEBVTT", ""];
  for (let tile = Math.floor(fromSeconds / everySeconds); tile < count; tile++) {
    const start = tile * everySeconds;
    if (fromSeconds > 0 && start >= endSeconds) break;
    const end = tile === count - 1 ? Math.max(endSeconds, start + 0.001) : start + everySeconds;
    const from = Math.max(0, start - fromSeconds);
    const to = end - fromSeconds;
    const inSheet = tile % (columns * rows);
    const x = (inSheet % columns) * width;
    const y = Math.floor(inSheet / columns) * height;
    lines.push(
      `${timestamp(from)} --> ${timestamp(to)}`,
      `${sheetUrl(Math.floor(tile / (columns * rows)))}#xywh=${x},${y},${width},${height}`,
      "",
    );
  }
  return lines.join("\n");
}

/** WebVTT 4.1: hours have two digits or more. */
function timestamp(seconds: number): string {
  const ms = Math.round(seconds * 1000);
  const digits = (value: number, length: number) => String(Math.floor(value)).padStart(length, "0");
  const minutes = digits((ms / 60_000) % 60, 2);
  return `${digits(ms / 3_600_000, 2)}:${minutes}:${digits((ms / 1000) % 60, 2)}.${digits(ms % 1000, 3)}`;
}
