// A real runner against the task server, for the time of a test. Afterwards nothing may be left on disk.
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ChunkTrack } from "#workers/transcoding/contract.ts";
import type { Plan } from "#workers/transcoding/plan.ts";
import { runRunner } from "../runner.ts";
import { audioWork, splitGrid, videoWork } from "./plans.ts";
import { startTaskServer, type Ended, type TaskServer } from "./task-server.ts";

export interface RunningRunner {
  readonly server: TaskServer;
  readonly workDir: string;
  /** As SIGTERM does; resolves when the runner has ended. */
  stop(): Promise<void>;
}

export async function withRunner(use: (runner: RunningRunner) => Promise<void>): Promise<void> {
  const server = await startTaskServer();
  const workDir = await mkdtemp(join(tmpdir(), "sluice-work-"));
  const stopping = new AbortController();
  const config = {
    url: server.origin,
    token: server.token,
    workDir,
    name: "test",
    cpus: 2,
    slots: 1,
    cacheBytes: 1e9,
    healthPort: null,
    endWithStdin: false,
  };
  const running = runRunner({
    config,
    codecs: ["h264", "aac"],
    ffmpegVersion: "test",
    stop: stopping.signal,
  });
  const stop = () => {
    stopping.abort();
    return running;
  };
  try {
    await use({ server, workDir, stop });
    await stop();
    const left = await readdir(workDir, { recursive: true });
    if (left.length > 0) throw new Error(`left behind: ${left.join(", ")}`);
  } finally {
    stopping.abort();
    await running.catch(() => undefined);
    await server.close();
    await rm(workDir, { recursive: true, force: true });
  }
}

export interface EncodedVersion {
  readonly ended: readonly Ended[];
  /** Per track, its chunks in order. */
  readonly tracks: ReadonlyMap<string, readonly ChunkTrack[]>;
  /** Per track, init segment and chunks joined in a file. */
  readonly files: ReadonlyMap<string, string>;
}

/** The whole version in chunks of `gops`, video in reverse order, so that no chunk can lean on the one before. */
export async function encodeVersion(
  { server }: RunningRunner,
  path: string,
  plan: Plan,
  gops: number,
  dir: string,
): Promise<EncodedVersion> {
  const chunks = splitGrid(plan, gops);
  const source = server.addSource("source", await readFile(path));
  const ended: Ended[] = [];
  for (const [number, chunk] of [...chunks.entries()].toReversed()) {
    if (!plan.video) break;
    const uploadTo = (track: string) => server.uploadTo(`${track}/${number}`);
    ended.push(await server.queue({ ...videoWork(plan, chunk, source, uploadTo), chunk: number }));
  }
  if (plan.audios[0]) {
    const uploadTo = (number: number) => server.uploadTo(`a0/${number}`);
    ended.push(await server.queue(audioWork(plan, chunks, source, uploadTo)));
  }
  const joined = await joinTracks(server, "", dir);
  return { ended, ...joined };
}

/** What was reported and uploaded as `prefix/track/chunk`, as one file a track. */
export async function joinTracks(
  server: TaskServer,
  prefix: string,
  dir: string,
): Promise<Omit<EncodedVersion, "ended">> {
  const keyOf = (track: string, chunk: number) => (prefix === "" ? "" : `${prefix}/`) + `${track}/${chunk}`;
  const tracks = new Map<string, ChunkTrack[]>();
  const objects = new Map<string, Buffer[]>();
  for (const { chunk, tracks: reported } of server.reports.toSorted((a, b) => a.chunk - b.chunk)) {
    for (const track of reported) {
      const object = server.objects.get(keyOf(track.track, chunk));
      if (!object) continue;
      tracks.set(track.track, [...(tracks.get(track.track) ?? []), track]);
      objects.set(track.track, [...(objects.get(track.track) ?? []), object]);
    }
  }
  const files = new Map<string, string>();
  for (const [name, parts] of tracks) {
    const init = Buffer.from(parts[0]?.initBase64 ?? "", "base64");
    const file = join(dir, `${prefix}${name}.mp4`);
    await writeFile(file, Buffer.concat([init, ...(objects.get(name) ?? [])]));
    files.set(name, file);
  }
  return { tracks, files };
}
