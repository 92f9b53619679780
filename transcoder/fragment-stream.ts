// Fragmented MP4 from a pipe: bytes in any pieces in, the init segment and whole fragments out.
import { concatBytes } from "#workers/bytes.ts";
import { readBoxHeader } from "#workers/packaging/cmaf/boxes.ts";
import { ok, refuse, type Result } from "#workers/result.ts";

export type StreamPart =
  | { readonly kind: "init"; readonly bytes: Uint8Array }
  /** moof and mdat. */
  | { readonly kind: "fragment"; readonly bytes: Uint8Array };

/** Half a second of sound is some kilobytes: more is not what was asked for, and would only fill memory. */
const maxBoxBytes = 4_000_000;

export function fragmentStream() {
  let rest: Uint8Array = new Uint8Array(0);
  let open: Uint8Array[] = [];

  const push = (bytes: Uint8Array): Result<readonly StreamPart[], { readonly kind: "notFragments" }> => {
    rest = concatBytes([rest, bytes]);
    const parts: StreamPart[] = [];
    let at = 0;
    while (rest.length - at >= 8) {
      // A limit beyond what has come: a box that is not whole yet is no fault.
      const box = readBoxHeader(rest, at);
      if (!box || box.end - at > maxBoxBytes) return refuse({ kind: "notFragments" });
      if (box.end > rest.length) break;
      open.push(rest.slice(at, box.end));
      at = box.end;
      if (box.type === "moov") parts.push({ kind: "init", bytes: concatBytes(open) });
      if (box.type === "mdat") parts.push({ kind: "fragment", bytes: concatBytes(open) });
      if (box.type === "moov" || box.type === "mdat") open = [];
    }
    rest = rest.slice(at);
    return ok(parts);
  };

  /** Nothing half-read is left. */
  const isComplete = () => rest.length === 0 && open.length === 0;
  return { push, isComplete };
}
