// A gigabyte through tus while the Worker's memory is watched, and the stored bytes are the sent ones.
import { createCipheriv, createHash, randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { Upload } from "tus-js-client";
import { workerMemoryBytes } from "../proof/kill.ts";
import type { Check } from "./check.ts";
import { until } from "./until.ts";

const sizeBytes = 1024 ** 3;
const chunkBytes = 32 * 1024 ** 2;
/** What the second half may add to the first: constant, whatever the size. */
const toleratedGrowthBytes = 64 * 1024 ** 2;

/** Noise that no layer can compress or share, made as it is read: nothing of it is on disk. */
function* noise(onBytes: (bytes: Buffer) => void): Generator<Buffer> {
  const cipher = createCipheriv("aes-128-ctr", randomBytes(16), randomBytes(16));
  const zeros = Buffer.alloc(1024 ** 2);
  for (let sent = 0; sent < sizeBytes; sent += zeros.length) {
    const bytes = cipher.update(zeros);
    onBytes(bytes);
    yield bytes;
  }
}

const megabytes = (bytes: number) => Math.round(bytes / 1e5) / 10;

export const uploadMemory: Check = {
  name: "upload-memory",
  async run(run) {
    // Without a runner nothing looks at the noise, so nothing refuses and erases it.
    const stack = await run.startStack({ runners: 0 });
    const sentHash = createHash("sha256");
    let sentBytes = 0;
    const samples: { readonly share: number; readonly bytes: number }[] = [];
    const sampling = setInterval(() => {
      samples.push({ share: sentBytes / sizeBytes, bytes: workerMemoryBytes() });
    }, 100);
    run.defer(() => clearInterval(sampling));
    const idleBytes = workerMemoryBytes();
    let videoId = "";
    const startedMs = Date.now();
    await new Promise<void>((resolve, reject) => {
      const upload = new Upload(Readable.from(noise((bytes) => sentHash.update(bytes))), {
        endpoint: `${stack.url}/v1/uploads/tus`,
        headers: { Authorization: `Bearer ${stack.apiKey}` },
        metadata: { filename: "noise.bin" },
        uploadSize: sizeBytes,
        chunkSize: chunkBytes,
        retryDelays: [],
        onProgress: (sent) => (sentBytes = sent),
        onAfterResponse: (_request, response) => {
          videoId ||= response.getHeader("Sluice-Video-Id") ?? "";
        },
        onError: reject,
        onSuccess: () => resolve(),
      });
      upload.start();
    });
    const seconds = (Date.now() - startedMs) / 1000;
    clearInterval(sampling);
    run.say(`sent ${megabytes(sizeBytes)} MB in ${seconds.toFixed(1)} s`);

    const peak = (from: number, to: number) =>
      Math.max(...samples.filter(({ share }) => share >= from && share < to).map(({ bytes }) => bytes));
    const [early, late] = [peak(0, 0.5), peak(0.5, 1.1)];
    run.measure("idle MB", megabytes(idleBytes));
    run.measure("peak of the first half MB", megabytes(early));
    run.measure("peak of the second half MB", megabytes(late));
    run.measure("growth in the second half MB", megabytes(late - early));
    run.measure("MB per second", megabytes(sizeBytes / seconds));
    run.measure("samples", samples.length);
    run.expect(late - early < toleratedGrowthBytes, `memory grew by ${megabytes(late - early)} MB`);

    const bucket = await stack.worker.miniflare.getR2Bucket("MEDIA");
    const key = `sources/${videoId}/original`;
    await until(key, async () => (await bucket.head(key)) !== null, 120);
    const stored = await bucket.get(key);
    if (stored === null) throw new Error(`${key} is gone`);
    const storedHash = createHash("sha256");
    for await (const bytes of stored.body as unknown as AsyncIterable<Uint8Array>) storedHash.update(bytes);
    const equal = storedHash.digest("hex") === sentHash.digest("hex");
    run.measure("stored bytes", stored.size);
    run.measure("sha256 equal", equal);
    run.expect(stored.size === sizeBytes && equal, `stored ${stored.size} bytes, sha256 equal: ${equal}`);
  },
};
