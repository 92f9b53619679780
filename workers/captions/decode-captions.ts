// Captions as bytes: UTF-8 with or without a byte order mark.
import { readCaptions, type CaptionFault } from "#workers/packaging/captions/read-captions.ts";
import type { CaptionText } from "#workers/packaging/captions/cue.ts";
import { refuse, type Result } from "#workers/result.ts";

export function decodeCaptions(bytes: Uint8Array): Result<CaptionText, CaptionFault> {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    return refuse({ line: 0, detail: "This is UTF-16: send UTF-8." });
  let text: string;
  try {
    // Drops a byte order mark.
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    return refuse({ line: 0, detail: "This is not UTF-8." });
  }
  return readCaptions(text);
}
