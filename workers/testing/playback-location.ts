// Viewers of one location: isolates with their own memory over the cache, database and bucket of the test.
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env as testEnv } from "cloudflare:workers";
import type { Env } from "#workers/env.ts";
import { PlaybackIsolate } from "#workers/playback/isolate.ts";
import { playback } from "#workers/playback/routes.ts";
import { spyOnReads, spyOnSessions } from "./spies.ts";

export const origin = "https://sluice.example";

export class Location {
  readonly #reads = spyOnReads(testEnv.MEDIA);
  readonly #sessions = spyOnSessions(testEnv.DB);
  env: Env;
  nowMs = 1_800_000_000_000;

  constructor(settings: Partial<Env> = {}) {
    this.env = { ...testEnv, MEDIA: this.#reads.bucket, DB: this.#sessions.database, ...settings };
  }

  /** As a new deploy does. */
  set(settings: Partial<Env>): void {
    this.env = { ...this.env, ...settings };
  }

  /** Keys that were read from the bucket, in order. */
  get reads(): readonly string[] {
    return this.#reads.reads;
  }

  get chunkReads(): readonly string[] {
    return this.reads.filter((key) => key.endsWith(".m4s"));
  }

  /** Sessions that were opened on the database. */
  get databaseSessions(): number {
    return this.#sessions.sessions.length;
  }

  isolate(): Isolate {
    return new Isolate(this);
  }
}

export class Isolate {
  readonly #location: Location;
  readonly #memory = new PlaybackIsolate();

  constructor(location: Location) {
    this.#location = location;
  }

  /** The answer, with its body read and all that was left to `waitUntil` done. */
  async fetch(path: string, init: RequestInit = {}): Promise<Fetched> {
    const ctx = createExecutionContext();
    const request = new Request(new URL(path, origin), init);
    const response = await playback(this.#memory, request, this.#location.env, ctx, this.#location.nowMs);
    const bytes = new Uint8Array(await response.arrayBuffer());
    await waitOnExecutionContext(ctx);
    return new Fetched(response, bytes);
  }

  /** The multivariant playlist, and the paths that it names. */
  async open(playbackId: string, query = ""): Promise<Opened> {
    const path = `/p/${playbackId}/hls.m3u8${query === "" ? "" : `?${query}`}`;
    const { response, text } = await this.fetch(path);
    if (response.status !== 200) throw new Error(`${path}: ${response.status} ${text}`);
    const session = /s\/([\w-]{96})\//.exec(text)?.[1];
    if (session === undefined) throw new Error(`no session in ${text}`);
    return { session, text, root: `/p/${playbackId}/s/${session}` };
  }
}

export interface Opened {
  readonly session: string;
  readonly text: string;
  /** What the paths of tracks begin with. */
  readonly root: string;
}

export class Fetched {
  readonly response: Response;
  readonly bytes: Uint8Array;

  constructor(response: Response, bytes: Uint8Array) {
    this.response = response;
    this.bytes = bytes;
  }

  get status(): number {
    return this.response.status;
  }

  get text(): string {
    return new TextDecoder().decode(this.bytes);
  }

  get code(): unknown {
    return (JSON.parse(this.text) as { code?: unknown }).code;
  }

  header(name: string): string | null {
    return this.response.headers.get(name);
  }
}
