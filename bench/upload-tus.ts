// A large file through the product in tus requests of 64 MiB, against the same bytes as a bare R2 multipart
// upload; and whether memory grows with the file.
import { randomBytes } from "node:crypto";
import { workerMemoryBytes } from "../scripts/proof/kill.ts";
import type { Stack } from "../scripts/stack/stack.ts";
import { baselineUrl, expectStatus, removeVideo, withBenchStack } from "./bench-stack.ts";
import { judge, median, type Claim } from "./claim.ts";
import { alternate } from "./rounds.ts";

const mebibyte = 1024 * 1024;
const bodyBytes = 64 * mebibyte;

interface Transfer {
  readonly megabytesPerSecond: number;
  /** Resident memory of workerd after each body. */
  readonly memoryBytes: readonly number[];
}

export const uploadTus: Claim = {
  name: "upload-tus",
  run: ({ quick, rounds }) =>
    withBenchStack(async (stack) => {
      const bodies = quick ? 4 : 32;
      const body = randomBytes(bodyBytes);
      const product = () => uploadByTus(stack, body, bodies);
      const bare = () => putMultipart(stack, body, bodies);
      // The first uploads also grow the heap to the size that all later ones need.
      await product();
      await bare();
      const samples = await alternate(rounds, { product, bare });
      const rateOf = (transfers: readonly Transfer[]) =>
        transfers.map(({ megabytesPerSecond }) => megabytesPerSecond);
      const size = `${(bodies * bodyBytes) / mebibyte} MiB in bodies of 64 MiB`;
      return [
        judge({
          name: "upload-tus",
          unit: "MB/s",
          values: rateOf(samples.product),
          baselines: rateOf(samples.bare),
          aim: { of: "ratio", is: ">=", bound: 0.8 },
          note: `${size}; baseline is a bare Worker that puts the same bodies as R2 parts of the same 8 MiB`,
        }),
        judge({
          name: "upload-tus-memory",
          unit: "MB",
          values: samples.product.map(({ memoryBytes }) => growthBytes(memoryBytes) / 1e6),
          aim: { of: "value", is: "<=", bound: 32 },
          note: `growth of workerd's resident memory from the first quarter of an upload to its last; ${size}`,
        }),
      ];
    }),
};

function growthBytes(memoryBytes: readonly number[]): number {
  const quarter = Math.ceil(memoryBytes.length / 4);
  return median(memoryBytes.slice(-quarter)) - median(memoryBytes.slice(0, quarter));
}

async function uploadByTus(stack: Stack, body: Uint8Array<ArrayBuffer>, bodies: number): Promise<Transfer> {
  const startedMs = performance.now();
  const tus = { "Tus-Resumable": "1.0.0" };
  const authorization = { Authorization: `Bearer ${stack.apiKey}` };
  const created = await expectStatus(201, `${stack.url}/v1/uploads/tus`, {
    method: "POST",
    headers: { ...tus, ...authorization, "Upload-Length": String(bodies * bodyBytes) },
  });
  const url = created.headers.get("Location") ?? "";
  const memoryBytes: number[] = [];
  for (let sent = 0; sent < bodies; sent += 1) {
    const headers = {
      ...tus,
      "Content-Type": "application/offset+octet-stream",
      "Upload-Offset": String(sent * bodyBytes),
    };
    await expectStatus(204, url, { method: "PATCH", headers, body });
    memoryBytes.push(workerMemoryBytes());
  }
  const seconds = (performance.now() - startedMs) / 1000;
  const videoId = created.headers.get("Sluice-Video-Id") ?? "";
  await removeVideo(stack, videoId);
  return { megabytesPerSecond: (bodies * bodyBytes) / 1e6 / seconds, memoryBytes };
}

async function putMultipart(stack: Stack, body: Uint8Array<ArrayBuffer>, bodies: number): Promise<Transfer> {
  const startedMs = performance.now();
  const key = "bench/multipart";
  const created = await expectStatus(200, baselineUrl(stack, "create", { key }), { method: "POST" });
  const { uploadId } = (await created.json()) as { uploadId: string };
  const parts: unknown[] = [];
  const memoryBytes: number[] = [];
  for (let sent = 0; sent < bodies; sent += 1) {
    const url = baselineUrl(stack, "parts", { key, uploadId, first: parts.length + 1 });
    const put = await expectStatus(200, url, { method: "POST", body });
    parts.push(...((await put.json()) as unknown[]));
    memoryBytes.push(workerMemoryBytes());
  }
  await expectStatus(204, baselineUrl(stack, "complete", { key, uploadId }), {
    method: "POST",
    body: JSON.stringify(parts),
  });
  const seconds = (performance.now() - startedMs) / 1000;
  await (await stack.worker.miniflare.getR2Bucket("MEDIA")).delete(key);
  return { megabytesPerSecond: (bodies * bodyBytes) / 1e6 / seconds, memoryBytes };
}
