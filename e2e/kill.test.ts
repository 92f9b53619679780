// Nothing is lost when the Worker dies in an upload. Runners that die, and all of it many times: `npm run acceptance`.
import { join } from "node:path";
import { statSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeClip } from "../scripts/demo/clip.ts";
import { uploadFile } from "../scripts/demo/upload.ts";
import { killWorker } from "../scripts/proof/kill.ts";
import { seedOf, seededRandom } from "../scripts/proof/random.ts";
import { startTestStack, type TestStack } from "./stack.ts";

const seed = seedOf("SLUICE_KILL_SEED");
const random = seededRandom(seed);
let stack: TestStack;
let clip: string;

const until = async (reached: () => Promise<boolean> | boolean, deadlineSeconds: number) => {
  const deadlineMs = Date.now() + deadlineSeconds * 1000;
  while (!(await reached())) {
    if (Date.now() > deadlineMs) throw new Error(`not reached within ${deadlineSeconds} s (seed ${seed})`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

beforeAll(async () => {
  stack = await startTestStack({ runners: 0 });
  clip = join(stack.scratch, "clip.mp4");
  await makeClip({ path: clip, durationSeconds: 12, width: 426, height: 240 });
});

afterAll(async () => {
  await stack?.stop();
});

test(
  `an upload goes on where it was after the Worker is killed with -9, and its bytes are the file's (seed ${seed})`,
  { timeout: 60_000 },
  async () => {
    const killAt = random() * 0.8;
    let killed = false;
    const { videoId } = await uploadFile(
      stack,
      clip,
      (sent, total) => {
        if (killed || sent / total < killAt) return;
        killed = true;
        killWorker();
      },
      64 * 1024,
    );
    expect(killed).toBe(true);
    const bucket = await stack.worker.miniflare.getR2Bucket("MEDIA");
    await until(async () => (await bucket.head(`sources/${videoId}/original`)) !== null, 20);
    const stored = await bucket.get(`sources/${videoId}/original`);
    const { createHash } = await import("node:crypto");
    const { readFileSync } = await import("node:fs");
    const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
    expect(stored?.size).toBe(statSync(clip).size);
    expect(digest(new Uint8Array((await stored?.arrayBuffer()) ?? new ArrayBuffer(0)))).toBe(
      digest(readFileSync(clip)),
    );
  },
);
