// Fragments of an uploaded file, made when they are asked for: a page of its index, one to four ranged reads of the
// file, and all tracks of that time at once. Loaded when the first one is asked for.
import type { Env } from "#workers/env.ts";
import { count } from "#workers/metrics/count.ts";
import type { FragmentPlan } from "#workers/packaging/source/source.ts";
import { ok, refuse, type Result } from "#workers/result.ts";
import type { FillBudget, Fill } from "./fill-budget.ts";
import { joined, type Made } from "./made-bytes.ts";
import { PlanReader } from "./plan-reader.ts";
import type { MadeBytes } from "./segment-source.ts";
import { SingleFlight, type Hold } from "./single-flight.ts";

export interface MakerCall {
  readonly env: Env;
  readonly ctx: ExecutionContext;
  readonly nowMs: number;
}

export type MakeRefusal =
  /** The uploaded file, or what it is taken apart by, is not in the bucket. */
  | "fileGone"
  /** It is another one than was looked at. */
  | "fileChanged"
  /** Others hold all the memory there is for this. */
  | "makersBusy";

/** What was made of one stretch of the file: at least the track that was asked for. */
export type MadeTracks = ReadonlyMap<string, Made>;

/** Called once for what was made, in the background; the memory is given back when it is done. */
export type KeepMade = (source: MadeBytes, tracks: MadeTracks) => Promise<void>;

type Flown = Result<MadeTracks, MakeRefusal>;

const waitMs = 20;
const longestWaitMs = 5_000;

export class FragmentMaker {
  readonly #budget: FillBudget;
  readonly #keep: KeepMade;
  readonly #plans = new PlanReader();
  readonly #flights = new SingleFlight<Flown>();

  constructor(budget: FillBudget, keep: KeepMade) {
    this.#budget = budget;
    this.#keep = keep;
  }

  /** What is being made now and holds the track, or undefined. */
  async joinable(source: MadeBytes, nowMs: number): Promise<Made | undefined> {
    const flight = this.#flights.joinable(flightName(source), nowMs);
    if (flight === undefined) return undefined;
    const flown = await flight;
    return flown.ok ? flown.value.get(source.track) : undefined;
  }

  /** All who ask for the same moment meanwhile share it, whichever track they want. */
  async make(source: MadeBytes, call: MakerCall): Promise<Result<Made, MakeRefusal>> {
    const shared = await this.#run(flightName(source), source, call);
    if (!shared.ok) return shared;
    const made = shared.value.get(source.track);
    if (made !== undefined) return ok(made);
    // Too far from the others in the file to be read with them.
    const own = await this.#run(`${flightName(source)}/${source.track}`, source, call);
    if (!own.ok) return own;
    const alone = own.value.get(source.track);
    return alone === undefined ? refuse("fileChanged") : ok(alone);
  }

  #run(name: string, source: MadeBytes, call: MakerCall): Promise<Flown> {
    return this.#flights.run(name, call.nowMs, call.ctx, (hold) => this.#make(source, call, hold));
  }

  async #make(source: MadeBytes, call: MakerCall, hold: Hold): Promise<Flown> {
    const planned = await this.#plans.plan(source, call);
    if (planned === null) return refuse("fileGone");
    const place = await this.#takePlace(planned, call.nowMs);
    if (place === null) return refuse("makersBusy");
    const release = () => this.#budget.giveBack(place);
    try {
      const made = await assemble(source, planned, call);
      if (made.ok) hold(this.#keep(source, made.value).finally(release));
      else release();
      return made;
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Asked again and again, not told: a promise of another request may never be kept. */
  async #takePlace({ reads }: FragmentPlan, nowMs: number): Promise<Fill | null> {
    const sizeBytes = reads.reduce((sum, read) => sum + read.sizeBytes, 0);
    for (let waitedMs = 0; waitedMs <= longestWaitMs; waitedMs += waitMs) {
      const place = this.#budget.take(sizeBytes, nowMs + waitedMs);
      if (place !== null) return place;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
    return null;
  }
}

async function assemble(source: MadeBytes, plan: FragmentPlan, { env, ctx }: MakerCall): Promise<Flown> {
  const { objectKey, etag } = source.file;
  count(env, ctx, "instant_source_reads_total", {}, plan.reads.length);
  const read = await Promise.all(
    plan.reads.map(async ({ offsetBytes, sizeBytes }) => {
      const object = await env.MEDIA.get(objectKey, {
        range: { offset: offsetBytes, length: sizeBytes },
        ...(etag === null ? {} : { onlyIf: { etagMatches: etag } }),
      });
      if (object === null) return "fileGone" as const;
      // Without a body: its tag is another one.
      if (!("body" in object)) return "fileChanged" as const;
      return new Uint8Array(await object.arrayBuffer());
    }),
  );
  const parts: Uint8Array[] = [];
  for (const part of read) {
    if (typeof part === "string") return refuse(part);
    parts.push(part);
  }
  const pieces = plan.assemble(parts);
  if (pieces === null) return refuse("fileChanged");
  count(env, ctx, "instant_fragments_total", {}, pieces.size);
  return ok(new Map([...pieces].map(([track, list]) => [track, joined(list)])));
}

function flightName({ videoId, version, generation, number }: MadeBytes): string {
  return `${videoId}/${version}/${generation}/${number}`;
}
