// Writes what page-format.ts describes, fragment after fragment.
import { concatBytes } from "#workers/bytes.ts";
import { ByteWriter } from "#workers/timeline/byte-writer.ts";
import { pageMagic, pageVersion, type PageTrack, type SampleColumns } from "./page-format.ts";

export function pageWriter(tracks: readonly PageTrack[], firstFragment: number) {
  const body = new ByteWriter();
  const recordBytes: number[] = [];
  return {
    fragments: () => recordBytes.length,
    /** One for each track, in the page's order. */
    add(columns: readonly SampleColumns[]): void {
      const before = body.length;
      for (const track of columns) writeRecord(body, track);
      recordBytes.push(body.length - before);
    },
    finish(): Uint8Array {
      const head = new ByteWriter();
      for (const byte of [...pageMagic, pageVersion]) head.byte(byte);
      head.varint(firstFragment);
      head.varint(tracks.length);
      head.varint(recordBytes.length);
      for (const { id, filler } of tracks) {
        head.byte(id.length);
        for (let i = 0; i < id.length; i++) head.byte(id.charCodeAt(i));
        head.varint(filler?.durationTicks ?? 0);
        head.varint(filler?.bytes.length ?? 0);
        for (const byte of filler?.bytes ?? []) head.byte(byte);
      }
      for (const sizeBytes of recordBytes) head.varint(sizeBytes);
      return concatBytes([head.finish(), body.finish()]);
    },
  };
}

function writeRecord(writer: ByteWriter, columns: SampleColumns): void {
  const { count, durationTicks, compositionTicks, sync, sizeBytes } = columns;
  writer.varint(columns.startTicks);
  writer.varint(columns.fillersBefore);
  writer.varint(count);
  writer.varint(columns.fillersAfter);
  if (count === 0) return;
  writeExtents(writer, columns);
  writeRuns(writer, durationTicks, count);
  writeRuns(writer, compositionTicks, count);
  writeRuns(writer, sync, count);
  for (let i = 0; i < count; i++) writer.varint(sizeBytes[i] ?? 0);
}

function writeExtents(writer: ByteWriter, { count, offsetBytes, sizeBytes }: SampleColumns): void {
  writer.varint(offsetBytes[0] ?? 0);
  let from = 0;
  for (let i = 1; i <= count; i++) {
    const end = (offsetBytes[i - 1] ?? 0) + (sizeBytes[i - 1] ?? 0);
    const here = i < count ? (offsetBytes[i] ?? 0) : end;
    if (i < count && here === end) continue;
    writer.varint(i - from);
    if (i < count) writer.signed(here - end);
    from = i;
  }
}

/** Length, then the difference from the value before. */
function writeRuns(writer: ByteWriter, values: ArrayLike<number>, count: number): void {
  let before = 0;
  for (let from = 0; from < count;) {
    const value = values[from] ?? 0;
    let to = from + 1;
    while (to < count && values[to] === value) to++;
    writer.varint(to - from);
    writer.signed(value - before);
    before = value;
    from = to;
  }
}
