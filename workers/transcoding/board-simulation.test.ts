// Runners that come, work, die and speak from the dead, and what is there of every video in the end. Here with few;
// `npm run acceptance -- --only board-simulation` has 500 runners and 10,000 tasks.
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import type { Format } from "#workers/timeline/timeline.ts";
import { log } from "#workers/http/log.ts";
import { versionPrefix } from "#workers/storage/keys.ts";
import type { StoredImages } from "#workers/storage/stored-images.ts";
import { SimulatedBoard, type SimulatedVideo } from "#workers/testing/simulated-board.ts";
import { keysOfVersion, readSealedTracks } from "./seal.ts";

const [runners = 0, tasks = 0, seed = 0, deaths = 0, slowness = 0] = env.SIMULATION.split("/").map(Number);

/** Every time that viewers were given more of a chunk, by the database itself. */
async function watchPublications(): Promise<void> {
  await env.DB.batch([
    env.DB.prepare("CREATE TABLE publications (video_id TEXT, chunk INTEGER, whole INTEGER)"),
    ...["INSERT", "UPDATE"].map((event) =>
      env.DB.prepare(
        `CREATE TRIGGER publication_${event} AFTER ${event} ON chunks
         BEGIN INSERT INTO publications VALUES (NEW.video_id, NEW.chunk, NEW.whole); END`,
      ),
    ),
  ]);
}

async function faultsOf({ videoId, chunks }: SimulatedVideo): Promise<string[]> {
  const faults: string[] = [];
  const [video, version, published] = await Promise.all([
    env.DB.prepare("SELECT state, percent FROM videos WHERE id = ?").bind(videoId).first(),
    env.DB.prepare("SELECT state, formats, images FROM versions WHERE video_id = ? AND kind = 'ladder'")
      .bind(videoId)
      .first<{ state: string; formats: string; images: string }>(),
    env.DB.prepare(
      "SELECT chunk, whole, count(*) AS times FROM publications WHERE video_id = ? GROUP BY 1, 2",
    )
      .bind(videoId)
      .all<{ chunk: number; whole: number; times: number }>(),
  ]);
  if (video?.["state"] !== "ready" || version?.state !== "sealed") {
    return [`${videoId} is ${JSON.stringify(video)}`];
  }
  const whole = published.results.filter((row) => row.whole === 1).map(({ chunk }) => chunk);
  const inOrder = whole.toSorted((a, b) => a - b).join();
  if (inOrder !== Array.from({ length: chunks }, (_, chunk) => chunk).join()) {
    faults.push(`${videoId} has chunks ${inOrder} of ${chunks}`);
  }
  if (published.results.some(({ times }) => times !== 1))
    faults.push(`a chunk of ${videoId} was published twice`);
  const formats = JSON.parse(version.formats) as Format[];
  const name = { videoId, version: 1 };
  const sealed = await readSealedTracks(
    env,
    name,
    formats.map(({ id }) => id),
  );
  const lengths = new Set([...sealed.values()].map(({ durationTicks }) => durationTicks.length));
  if (sealed.size !== formats.length || lengths.size !== 1)
    faults.push(`tracks of ${videoId} differ in length`);
  // What its indexes name is there. An object of a lost attempt may come after the seal: the sweep removes those.
  const expected = keysOfVersion(name, sealed, JSON.parse(version.images) as StoredImages, []);
  const { objects } = await env.MEDIA.list({ prefix: versionPrefix(videoId, 1), limit: 1_000 });
  const stored = new Set(objects.map(({ key }) => key));
  const missing = [...expected].filter((key) => !stored.has(key));
  if (missing.length > 0) faults.push(`${videoId} lacks ${missing.join(", ")}`);
  return faults;
}

const sorted = (values: readonly number[]) => values.toSorted((a, b) => a - b);
const quantile = (values: readonly number[], share: number) =>
  sorted(values)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;
const rounded = (value: number, digits = 1) => Number(value.toFixed(digits));

it(
  "loses no task and publishes nothing twice, whoever dies, and lets nobody wait for ever",
  { timeout: 3_600_000 },
  async () => {
    await watchPublications();
    const simulation = new SimulatedBoard(env, { runners, tasks, seed, deaths, slowness });
    const fromMs = performance.now();
    await simulation.run();
    const realSeconds = (performance.now() - fromMs) / 1000;
    const { counts, claimMs, waitsSeconds, videos, burstMs, faults } = simulation;

    expect(await simulation.board.stats()).toMatchObject({ jobs: 0, openTasks: 0 });
    const all = [...videos.values()];
    const outcome = [...faults];
    for (const video of all) outcome.push(...(await faultsOf(video)));
    const waits = Object.fromEntries(
      Object.entries(waitsSeconds).map(([priority, seconds]) => [
        priority,
        {
          tasks: seconds.length,
          p50: rounded(quantile(seconds, 0.5)),
          p99: rounded(quantile(seconds, 0.99)),
          longest: rounded(quantile(seconds, 1)),
        },
      ]),
    );
    const result = {
      ...{ runners, seed, videos: all.length, ...counts },
      tasks: all.reduce((sum, video) => sum + video.tasks, 0),
      virtualSeconds: rounded((simulation.nowMs - simulation.startMs) / 1000),
      waitSeconds: waits,
      claimP50Ms: rounded(quantile(claimMs.slice(runners), 0.5), 3),
      claimP99Ms: rounded(quantile(claimMs.slice(runners), 0.99), 3),
      claimsPerSecond: rounded(
        (1000 * (claimMs.length - runners)) / claimMs.slice(runners).reduce((a, b) => a + b, 0),
      ),
      burstOfClaimsMs: rounded(burstMs),
      realSeconds: rounded(realSeconds),
      msPerCall: Object.fromEntries(
        Object.entries(simulation.spentMs).map(([call, { calls, ms }]) => [
          call,
          `${rounded(ms / calls, 2)} (${calls})`,
        ]),
      ),
      faults: outcome.length,
    };
    log("info", "test.simulation", { result: JSON.stringify(result) });
    expect(outcome).toEqual([]);
    expect(counts.deaths).toBeGreaterThan(0);
    expect(counts.zombies).toBeGreaterThan(0);
  },
);
