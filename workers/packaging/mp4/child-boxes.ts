// The boxes inside a box of a file that anyone may have written, as many as a real file has. Unlike `readBoxes` it
// ends at the first that does not fit: QuickTime closes some containers with four zero bytes.
import { readBoxHeader, type Box } from "../cmaf/boxes.ts";

/** A moov of 24 MB could hold three million boxes of eight bytes. */
const mostChildren = 128;

export interface BoxSpan {
  readonly bodyOffset: number;
  readonly end: number;
}

export function childBoxes(bytes: Uint8Array, parent: BoxSpan): readonly Box[] {
  const boxes: Box[] = [];
  let offset = parent.bodyOffset;
  while (parent.end - offset >= 8 && boxes.length < mostChildren) {
    const box = readBoxHeader(bytes, offset, parent.end);
    if (!box || box.end > parent.end) break;
    boxes.push(box);
    offset = box.end;
  }
  return boxes;
}

/** The first box of each type on the way down. */
export function childBox(bytes: Uint8Array, parent: BoxSpan, ...path: readonly string[]): Box | null {
  let at: Box | null = null;
  for (const type of path) {
    at = childBoxes(bytes, at ?? parent).find((box) => box.type === type) ?? null;
    if (!at) return null;
  }
  return at;
}
