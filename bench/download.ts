// A film of two hours as one file, put together while it is sent: when its first byte comes, and what the Worker holds.
import { createServer } from "node:net";
import { seedFormats } from "#workers/testing/seed-formats.ts";
import { storeFilm } from "#workers/testing/store-film.ts";
import { chunkKey } from "#workers/storage/keys.ts";
import { baselineUrl, withBenchStack } from "./bench-stack.ts";
import { judge, median, type Claim } from "./claim.ts";
import { heapBytes } from "./heap.ts";

/** The Worker's own, as the inspector lists it. */
const isolate = "core:user";
const megabyte = 1024 * 1024;
const fragmentsOfChunk = 15;
const sampleBytes = 20_000;
const firstBytes = 65_536;
const mostMegabytes = 32;
const asksPerRound = 5;

export const download: Claim = {
  name: "download",
  async run({ quick, rounds }) {
    const inspectorPort = await freePort();
    return withBenchStack(
      async (stack) => {
        const chunks = quick ? 24 : 240;
        const [DB, MEDIA] = await Promise.all([
          stack.worker.miniflare.getD1Database("DB"),
          stack.worker.miniflare.getR2Bucket("MEDIA"),
        ]);
        const { videoId, playbackId } = await storeFilm(
          { DB, MEDIA },
          {
            chunkFragments: Array.from({ length: chunks }, () => fragmentsOfChunk),
            sampleBytes,
            formats: seedFormats.filter(({ id }) => id !== "v720"),
          },
        );
        await DB.prepare(`UPDATE playback_ids SET access = '{"downloads":true}' WHERE id = ?`)
          .bind(playbackId)
          .run();
        const url = `${stack.url}/p/${playbackId}/download/highest.mp4`;
        const key = chunkKey({ videoId, version: 1, track: "v360", chunk: 0, attempt: 1 });
        const bare = baselineUrl(stack, "range", { key, offset: 0, length: firstBytes });
        await firstByteMs(url);
        const [values, baselines]: [number[], number[]] = [[], []];
        for (let round = 0; round < rounds; round++) {
          const [own, other]: [number[], number[]] = [[], []];
          for (let ask = 0; ask < asksPerRound; ask++) {
            own.push(await firstByteMs(url));
            other.push(await firstByteMs(bare));
          }
          values.push(median(own));
          baselines.push(median(other));
        }
        const before = await heapBytes(inspectorPort, isolate);
        const { sizeBytes, held } = await readSlowly(url, () => heapBytes(inspectorPort, isolate));
        const most = Math.max(...held) / megabyte;
        const length = `${Math.round((chunks * fragmentsOfChunk * 2) / 60)} min, ${Math.round(sizeBytes / 1e6)} MB`;
        return [
          judge({
            name: "download-first-byte",
            unit: "ms",
            values,
            baselines,
            aim: { of: "value", is: "<=", bound: 100 },
            note: `a film of ${length}, from the request to its first bytes; baseline is a bare ranged get of R2`,
          }),
          {
            name: "download-memory",
            unit: "MB",
            value: most,
            baseline: before / megabyte,
            ratio: null,
            aim: `value <= ${mostMegabytes}`,
            met: most <= mostMegabytes,
            note: `the most that the isolate held after a collection while all of it was read by a slow client, of ${held.length} times; baseline is before`,
          },
        ];
      },
      { inspectorPort },
    );
  },
};

async function firstByteMs(url: string): Promise<number> {
  const ended = new AbortController();
  const atMs = performance.now();
  const answer = await fetch(url, { signal: ended.signal });
  if (answer.status !== 200 || answer.body === null) throw new Error(`${url}: ${answer.status}`);
  const reader = answer.body.getReader();
  await reader.read();
  const ms = performance.now() - atMs;
  ended.abort();
  return ms;
}

/** Its whole length, and what was held each time about a tenth of it had come. */
async function readSlowly(url: string, look: () => Promise<number>) {
  const answer = await fetch(url);
  if (answer.body === null) throw new Error(`${url}: ${answer.status}`);
  const sizeBytes = Number(answer.headers.get("Content-Length"));
  const held: number[] = [];
  let readBytes = 0;
  for await (const piece of answer.body) {
    readBytes += piece.length;
    if (readBytes < ((held.length + 1) * sizeBytes) / 10) continue;
    held.push(await look());
  }
  if (readBytes !== sizeBytes) throw new Error(`${readBytes} bytes came of ${sizeBytes}`);
  return { sizeBytes, held };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address !== null
          ? resolve(address.port)
          : reject(new Error("no port")),
      );
    });
  });
}
