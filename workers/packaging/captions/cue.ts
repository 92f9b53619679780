// Texts that are shown with a picture: the same value whether they came as WebVTT or SRT.

export interface Cue {
  readonly startMs: number;
  readonly endMs: number;
  /** As after the times of a WebVTT cue: `line:0 align:start`; may be empty. */
  readonly settings: string;
  /** WebVTT cue text: no empty line, no `-->`. */
  readonly text: string;
}

export interface CaptionText {
  /** STYLE and REGION blocks of WebVTT, each without the empty line behind it. */
  readonly blocks: readonly string[];
  /** In the order of their starts. */
  readonly cues: readonly Cue[];
}

/** WebVTT 4.1: hours have two digits or more. */
export function timestamp(milliseconds: number): string {
  const digits = (value: number, length: number) => String(Math.floor(value)).padStart(length, "0");
  const minutes = digits((milliseconds / 60_000) % 60, 2);
  return `${digits(milliseconds / 3_600_000, 2)}:${minutes}:${digits((milliseconds / 1000) % 60, 2)}.${digits(milliseconds % 1000, 3)}`;
}
