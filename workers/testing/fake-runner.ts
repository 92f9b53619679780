// A runner as the Worker sees it: a peer on the network that speaks the protocol over HTTP. Its media is made
// in code: valid fragments on the planned grid, with nothing to see in them.
import { exports } from "cloudflare:workers";
import { writeFragment } from "#workers/packaging/cmaf/write-fragment.ts";
import { audioEdgeFrames, fragmentEdges } from "#workers/timeline/grid.ts";
import { samplesPerFrame as frameSamples } from "#workers/transcoding/audio-frames.ts";
import {
  leaseHeader,
  protocolHeader,
  protocolVersion,
  task as taskSchema,
  type AudioWork,
  type ChunkTrack,
  type Probe,
  type Task,
  type VideoWork,
} from "#workers/transcoding/contract.ts";
import { tinyInit } from "./tiny-init.ts";

const origin = "https://sluice.test";
const primingOf = { aac: 1024, opus: 312 } as const;

export interface FakeFacts {
  readonly seconds: number;
  readonly sound: boolean;
  readonly picture: boolean;
  readonly width?: number;
  readonly height?: number;
  /** Of further sounds, as a file says them. */
  readonly dubs?: readonly string[];
  /** Of texts. */
  readonly texts?: readonly string[];
  /** Of the trial at 640x360. */
  readonly trialBps?: number;
}

export function fakeProbe(facts: FakeFacts): Probe {
  const common = { codec: "x", language: "eng", startSeconds: 0, endSeconds: facts.seconds };
  const rate = { numerator: 25, denominator: 1 };
  const picture = {
    ...common,
    kind: "video" as const,
    index: 0,
    packetCount: facts.seconds * 25,
    width: facts.width ?? 640,
    height: facts.height ?? 360,
    sampleAspect: { numerator: 1, denominator: 1 },
    rotationDegrees: 0,
    averageFrameRate: rate,
    nominalFrameRate: rate,
    interlaced: false,
    pixelFormat: "yuv420p",
    colorTransfer: "bt709",
    declaredFrameCount: facts.seconds * 25,
  };
  const sound = {
    ...common,
    kind: "audio" as const,
    index: 1,
    packetCount: Math.ceil((facts.seconds * 48_000) / 1024),
    channels: 2,
    sampleRateHz: 48_000,
    isDefault: true,
    declaredFrameCount: null,
  };
  const dubs = (facts.dubs ?? []).map((language, order) => ({
    ...{ ...sound, language, index: 2 + order, isDefault: false },
  }));
  const texts = (facts.texts ?? []).map((language, order) => ({
    ...{ kind: "subtitles" as const, index: 20 + order, codec: "subrip", language, title: "" },
    ...{ isDefault: order === 0, isForced: false },
  }));
  const { trialBps: bitrateBps } = facts;
  return {
    container: "mp4",
    streams: [...(facts.picture ? [picture] : []), ...(facts.sound ? [sound] : []), ...dubs, ...texts],
    ...(bitrateBps === undefined ? {} : { complexity: { bitrateBps, width: 640, height: 360 } }),
  };
}

export interface MadeChunk {
  readonly url: string;
  readonly bytes: Uint8Array;
  readonly chunk: number;
  readonly track: ChunkTrack;
}

/** What an honest runner makes of a video or audio task: one chunk object a track. */
export function encode(task: Task): MadeChunk[] {
  const { work } = task;
  if (work.kind === "video") return work.rungs.map((rung) => videoChunk(work, rung));
  if (work.kind === "audio") return work.chunks.map((target) => audioChunk(work, target));
  return [];
}

function videoChunk(work: VideoWork, rung: VideoWork["rungs"][number]): MadeChunk {
  const end = work.firstFrame + work.frameCount;
  const spans = Array.from({ length: work.fragmentCount }, (_, index) => {
    const from = (work.firstFragment + index) * work.grid.gopFrames;
    return { from: from * work.ticksPerFrame, count: Math.min(end, from + work.grid.gopFrames) - from };
  });
  const editStartTicks = 2 * work.ticksPerFrame;
  const init = tinyInit({ kind: "video", ...rung, timescale: work.timescale, editStartTicks });
  const made = fragments(spans, work.firstFragment, work.ticksPerFrame);
  return chunkOf(rung.track, rung.upload.url, work.chunk, init, made);
}

function audioChunk(work: AudioWork, target: AudioWork["chunks"][number]): MadeChunk {
  const { frameCount, gopFrames, frameRate } = work.grid;
  const samplesPerFrame = frameSamples[work.codec];
  const primingSamples = primingOf[work.codec];
  const edges = audioEdgeFrames(fragmentEdges(frameCount, gopFrames), frameRate, {
    sampleRateHz: work.sampleRateHz,
    samplesPerFrame,
    primingSamples,
  });
  const spans = Array.from({ length: target.fragmentCount }, (_, index) => {
    const from = edges[target.firstFragment + index] ?? 0;
    const to = edges[target.firstFragment + index + 1] ?? 0;
    return { from: from * samplesPerFrame, count: to - from };
  });
  const init = tinyInit({ ...work, editStartTicks: primingSamples });
  const made = fragments(spans, target.firstFragment, samplesPerFrame);
  return chunkOf(work.track, target.upload.url, target.chunk, init, made);
}

interface Span {
  readonly from: number;
  readonly count: number;
}

function fragments(spans: readonly Span[], firstFragment: number, sampleTicks: number) {
  return spans.map(({ from, count }, index) => {
    const sample = { durationTicks: sampleTicks, sizeBytes: 1, compositionTicks: 0, sync: true };
    const samples = Array.from({ length: count }, (_, at) => ({ ...sample, sync: at === 0 }));
    const data = [new Uint8Array(count).fill(firstFragment + index)];
    return {
      from,
      ...writeFragment({ sequence: firstFragment + index + 1, trackId: 1, startTicks: from, samples, data }),
    };
  });
}

function chunkOf(
  track: string,
  url: string,
  chunk: number,
  init: Uint8Array,
  made: ReturnType<typeof fragments>,
): MadeChunk {
  const bytes = new Uint8Array(made.reduce((sum, fragment) => sum + fragment.bytes.length, 0));
  let at = 0;
  for (const fragment of made) {
    bytes.set(fragment.bytes, at);
    at += fragment.bytes.length;
  }
  const entries = made.map((fragment) => ({
    durationTicks: fragment.durationTicks,
    sizeBytes: fragment.bytes.length,
    leadBytes: fragment.leadBytes,
    sync: true,
  }));
  const initBase64 = btoa(String.fromCharCode(...init));
  return {
    url,
    bytes,
    chunk,
    track: { track, initBase64, startTicks: made[0]?.from ?? 0, fragments: entries },
  };
}

export const fakeText = new TextEncoder().encode("WEBVTT\n\n00:00.000 --> 00:01.000\nhello\n");

/** `video 0 v360`, `video 1`, `audio a0`: tracks where a chunk of the picture is not made whole. */
export function nameOf({ work }: Task): string {
  if (work.kind === "audio") return `audio ${work.track}`;
  if (work.kind !== "video") return work.kind;
  return work.chunk === 0 ? `video 0 ${work.rungs.map(({ track }) => track).join()}` : `video ${work.chunk}`;
}

/** One runner's words, each a request through the Worker's own entry. */
export class FakeRunner {
  readonly name: string;
  readonly codecs: readonly string[];
  readonly instance: string | undefined;
  readonly #token: string;

  constructor(
    name = "fake",
    token = "runner-token-for-tests",
    codecs: readonly string[] = ["h264", "av1", "aac", "opus"],
    instance?: string,
  ) {
    this.name = name;
    this.codecs = codecs;
    this.instance = instance;
    this.#token = token;
  }

  post(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return exports.default.fetch(
      new Request(`${origin}/internal/v1/tasks/${path}`, {
        method: "POST",
        headers: {
          Authorization: `Bearer ${this.#token}`,
          "Content-Type": "application/json",
          [protocolHeader]: String(protocolVersion),
          ...headers,
        },
        body: JSON.stringify(body),
      }),
    );
  }

  async claim(waitSeconds = 0): Promise<Task | null> {
    const { codecs, instance } = this;
    const body = { runnerId: this.name, instance, cpus: 2, codecs, ffmpegVersion: "5.1", waitSeconds };
    const response = await this.post("claim", body);
    if (response.status === 204) return null;
    if (response.status !== 200) throw new Error(`claim: ${response.status} ${await response.text()}`);
    return taskSchema.parse(await response.json());
  }

  async mustClaim(): Promise<Task> {
    const task = await this.claim();
    if (task === null) throw new Error("there is no task to claim");
    return task;
  }

  put(url: string, bytes: Uint8Array, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    const sized = { "Content-Length": String(bytes.length), ...headers };
    return exports.default.fetch(new Request(url, { method: "PUT", body: bytes, headers: sized }));
  }

  /** What is said of a task that it holds. */
  say(task: Task, verb: string, body: object): Promise<Response> {
    const lease: Readonly<Record<string, string>> =
      task.lease === undefined ? {} : { [leaseHeader]: task.lease };
    return this.post(`${task.id}/${verb}`, { attempt: task.attempt, ...body }, lease);
  }

  heartbeat(task: Task, progress: number): Promise<Response> {
    return this.say(task, "heartbeat", { progress });
  }

  report(task: Task, chunk: number, tracks: readonly ChunkTrack[]): Promise<Response> {
    return this.say(task, "chunks", { chunk, tracks });
  }

  complete(task: Task, result: unknown): Promise<Response> {
    return this.say(task, "complete", { result, cpuSeconds: 1, wallSeconds: 1 });
  }

  fail(task: Task, blame: string, code = "encodeFailed"): Promise<Response> {
    return this.say(task, "fail", { blame, code, message: "it broke" });
  }

  /** Uploads and reports every chunk of the task; `only` keeps to some. */
  async deliver(task: Task, only: (chunk: number) => boolean = () => true): Promise<void> {
    const made = encode(task).filter(({ chunk }) => only(chunk));
    for (const { url, bytes } of made) await expectStatus(201, this.put(url, bytes));
    for (const [chunk, tracks] of Map.groupBy(made, (each) => each.chunk)) {
      await expectStatus(
        204,
        this.report(
          task,
          chunk,
          tracks.map(({ track }) => track),
        ),
      );
    }
  }

  /** Does all of a task, as it should be done. */
  async work(task: Task, probe: Probe): Promise<void> {
    switch (task.work.kind) {
      case "probe":
        await expectStatus(204, this.complete(task, { kind: "probe", probe }));
        return;
      case "images": {
        const { poster, thumbnails, storyboard, preview } = task.work;
        const pictures = [...poster.sizes, ...thumbnails.sizes, storyboard, ...(preview ? [preview] : [])];
        for (const { upload } of pictures) {
          await expectStatus(201, this.put(upload.url, new Uint8Array(100)));
        }
        await expectStatus(204, this.complete(task, { kind: "images", thumbnailCount: thumbnails.count }));
        return;
      }
      case "audio":
      case "video":
        await this.deliver(task);
        await expectStatus(204, this.complete(task, { kind: "chunks" }));
        return;
      case "subtitles": {
        const { streams } = task.work;
        for (const { upload } of streams) await expectStatus(201, this.put(upload.url, fakeText));
        const held = streams.map(({ streamIndex }) => streamIndex);
        await expectStatus(204, this.complete(task, { kind: "subtitles", streams: held }));
        return;
      }
      case "frame":
        throw new Error(`no plan has a ${task.work.kind} task`);
    }
  }

  /** Works until the board has nothing more. Returns the kinds of task, in the order they were given out. */
  async workAll(probe: Probe): Promise<string[]> {
    const order: string[] = [];
    for (let task = await this.claim(); task !== null; task = await this.claim()) {
      order.push(nameOf(task));
      await this.work(task, probe);
    }
    return order;
  }
}

export async function expectStatus(status: number, answer: Promise<Response>): Promise<Response> {
  const response = await answer;
  if (response.status !== status) {
    throw new Error(`${response.status} where ${status} is due: ${await response.text()}`);
  }
  return response;
}
