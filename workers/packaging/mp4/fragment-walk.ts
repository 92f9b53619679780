// A track's samples, taken fragment after fragment: a film's pictures up to a sample, its sound up to a time. The
// columns are used again for each fragment, so a walk takes the memory of one.
import { fragmentHeaderBytes } from "../cmaf/write-fragment.ts";
import type { Filler, SampleColumns } from "../source/page-format.ts";
import type { SampleCursor } from "./sample-cursor.ts";
import type { TrackTiming } from "./track-timing.ts";

/** A fragment is seconds long: more samples than this is an attack on memory. */
const mostSamples = 20_000;

interface Columns {
  count: number;
  startTicks: number;
  fillersBefore: number;
  fillersAfter: number;
  readonly offsetBytes: Float64Array;
  readonly sizeBytes: Uint32Array;
  readonly durationTicks: Uint32Array;
  readonly compositionTicks: Int32Array;
  readonly sync: Uint8Array;
}

export interface TakenFragment {
  readonly columns: SampleColumns;
  /** Header and samples. */
  readonly sizeBytes: number;
  readonly durationTicks: number;
}

export interface WalkedTrack {
  readonly cursor: SampleCursor;
  readonly timescale: number;
  readonly timing: TrackTiming;
  /** Pictures alone have sync samples that matter; the first is shown from the start. */
  readonly isPicture: boolean;
  /** Fills the time before the first sample, and after the last. */
  readonly filler: Filler | null;
}

export class FragmentWalk {
  readonly #track: WalkedTrack;
  readonly #columns: Columns = {
    count: 0,
    startTicks: 0,
    fillersBefore: 0,
    fillersAfter: 0,
    offsetBytes: new Float64Array(mostSamples),
    sizeBytes: new Uint32Array(mostSamples),
    durationTicks: new Uint32Array(mostSamples),
    compositionTicks: new Int32Array(mostSamples),
    sync: new Uint8Array(mostSamples),
  };
  #hasSample: boolean;
  #leadingFillers: number;
  /** Decode time, after the shift, of what is taken next. */
  #nextTicks: number;
  /** Beyond which byte of the file no sample may lie. */
  readonly #fileBytes: number;
  /** A player waits where there is no picture: the first one is shown from 0 s, by so much longer. */
  readonly #isFirstHeld: boolean;
  #isFilling = false;
  fault: "malformed" | "truncated" | null = null;

  constructor(track: WalkedTrack, fileBytes: number) {
    const { cursor, timing, filler, isPicture } = track;
    this.#track = track;
    this.#fileBytes = fileBytes;
    this.#hasSample = cursor.next();
    const delayTicks = timing.shiftTicks - timing.editStartTicks;
    const canFill = filler !== null && delayTicks > 0;
    this.#leadingFillers = canFill ? Math.floor(delayTicks / filler.durationTicks) : 0;
    this.#isFirstHeld = isPicture && delayTicks + cursor.compositionTicks > 0;
    this.#nextTicks = this.#isFirstHeld
      ? 0
      : timing.shiftTicks - this.#leadingFillers * (filler?.durationTicks ?? 0);
  }

  get startTicks(): number {
    return this.#nextTicks;
  }

  /** Decode time, after the shift, at which the file's own samples end. */
  get mediaEndTicks(): number {
    const { cursor, timing } = this.#track;
    return cursor.startTicks + cursor.durationTicks + timing.shiftTicks;
  }

  /** When what was taken so far ends. */
  get endSeconds(): number {
    return this.#seconds(this.#nextTicks);
  }

  /** Up to the sample of this index; Infinity: all. */
  takeUntilSample(index: number): TakenFragment | null {
    this.#begin();
    while (this.#hasSample && this.#track.cursor.index < index) this.#take();
    return this.#finish();
  }

  /** Up to the sample that is presented nearest to `edgeSeconds`; Infinity: all. Then the film ends at `endSeconds`. */
  takeUntilSeconds(
    edgeSeconds: number,
    endSeconds: number,
    mostUnfilledSeconds: number,
  ): TakenFragment | null {
    this.#begin();
    const { cursor, filler } = this.#track;
    const columns = this.#columns;
    const fillerTicks = filler?.durationTicks ?? 0;
    const isBefore = (durationTicks: number, limit: number) =>
      this.#seconds(this.#nextTicks + durationTicks / 2) < limit;
    while (this.#leadingFillers > 0 && isBefore(fillerTicks, edgeSeconds)) {
      this.#leadingFillers--;
      columns.fillersBefore++;
      this.#nextTicks += fillerTicks;
    }
    if (this.#leadingFillers > 0) return this.#finish();
    while (this.#hasSample && isBefore(cursor.durationTicks, edgeSeconds)) this.#take();
    if (this.#hasSample || !filler) return this.#finish();
    if (!this.#isFilling) this.#isFilling = this.endSeconds + mostUnfilledSeconds < endSeconds;
    while (this.#isFilling && isBefore(fillerTicks, Math.min(edgeSeconds, endSeconds))) {
      columns.fillersAfter++;
      this.#nextTicks += fillerTicks;
    }
    return this.#finish();
  }

  #seconds(ticks: number): number {
    return (ticks - this.#track.timing.editStartTicks) / this.#track.timescale;
  }

  #begin(): void {
    this.#columns.count = 0;
    this.#columns.startTicks = this.#nextTicks;
    this.#columns.fillersBefore = 0;
    this.#columns.fillersAfter = 0;
  }

  #take(): void {
    const { cursor, isPicture, timing } = this.#track;
    const columns = this.#columns;
    const at = columns.count;
    if (cursor.offsetBytes + cursor.sizeBytes > this.#fileBytes) this.fault ??= "truncated";
    if (at >= mostSamples) this.fault ??= "malformed";
    columns.offsetBytes[at] = cursor.offsetBytes;
    columns.sizeBytes[at] = cursor.sizeBytes;
    const isHeld = this.#isFirstHeld && cursor.index === 0;
    const durationTicks = cursor.durationTicks + (isHeld ? timing.shiftTicks : 0);
    columns.durationTicks[at] = durationTicks;
    columns.compositionTicks[at] = isHeld ? timing.editStartTicks : cursor.compositionTicks;
    columns.sync[at] = !isPicture || cursor.isSync ? 1 : 0;
    columns.count++;
    this.#nextTicks += durationTicks;
    this.#hasSample = this.fault === null && cursor.next();
    if (cursor.isBroken) this.fault ??= "malformed";
  }

  /** Null where there is nothing. */
  #finish(): TakenFragment | null {
    const columns = this.#columns;
    const { filler } = this.#track;
    const fillers = columns.fillersBefore + columns.fillersAfter;
    if (columns.count + fillers === 0) return null;
    const first = columns.fillersBefore > 0 ? filler?.durationTicks : columns.durationTicks[0];
    let dataBytes = fillers * (filler?.bytes.length ?? 0);
    let durations = columns.count > 0 && fillers > 0 && filler?.durationTicks !== columns.durationTicks[0];
    let compositions = false;
    let flags = false;
    for (let i = 0; i < columns.count; i++) {
      dataBytes += columns.sizeBytes[i] ?? 0;
      durations ||= columns.durationTicks[i] !== first;
      compositions ||= columns.compositionTicks[i] !== 0;
      flags ||= i > 1 && columns.sync[i] !== columns.sync[1];
    }
    const shape = { samples: columns.count + fillers, durations, compositions, flags };
    return {
      columns,
      sizeBytes: fragmentHeaderBytes(shape) + dataBytes,
      durationTicks: this.#nextTicks - columns.startTicks,
    };
  }
}
