// What three runners fetch of a film to encode it, next to the file's size. Tasks name the bytes that they need; what
// a runner has on disk from the task before it does not fetch again.
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitForVideo } from "../scripts/demo/video.ts";
import { withBenchStack } from "./bench-stack.ts";
import type { Claim } from "./claim.ts";
import { encodeClip, repeatClip } from "./films.ts";
import { sendFile } from "./instant-upload.ts";
import type { Result } from "./results.ts";
import { taskRuns, type TaskRun } from "./runner-log.ts";

const runners = 3;

export const fleetBytes: Claim = {
  name: "fleet-bytes",
  async run({ quick }) {
    const minutes = quick ? 2 : 10;
    const directory = mkdtempSync(join(tmpdir(), "sluice-bench-"));
    try {
      const [clip, path] = [join(directory, "clip.mp4"), join(directory, "film.mp4")];
      const size = { width: 426, height: 240, bitrateBps: 2_000_000, gopSeconds: 2 };
      await encodeClip(clip, { seconds: 20, ...size });
      await repeatClip(clip, path, minutes * 60);
      const runs = await withBenchStack(
        async (stack, dataDirectory) => {
          const { videoId } = await sendFile(stack, path);
          await waitForVideo(stack, videoId, ({ status }) => status.state === "ready", {
            deadlineSeconds: 900,
          });
          return taskRuns(dataDirectory, runners);
        },
        { runners },
      );
      return rowsOf(runs, statSync(path).size, minutes);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
};

function rowsOf(runs: readonly TaskRun[], sizeBytes: number, minutes: number): readonly Result[] {
  const note = `a film of ${minutes} minutes, ${(sizeBytes / 1e6).toFixed(0)} MB with a key frame every 2 s, ${runners} runners that began with nothing`;
  const kinds = [...new Set(runs.map(({ kind }) => kind))];
  const shareOf = (chosen: readonly TaskRun[]) =>
    chosen.reduce((sum, { bytesFetched }) => sum + bytesFetched, 0) / sizeBytes;
  const row = { unit: "of the source", baseline: null, ratio: null, aim: "none", met: true };
  return [
    {
      ...{ ...row, name: "fleet-bytes", value: shareOf(runs) },
      note: `${note}: all that they fetched; the file whole by each would be ${runners}`,
    },
    ...kinds.map((kind) => {
      const chosen = runs.filter((run) => run.kind === kind);
      const tasks = `${chosen.length} ${chosen.length === 1 ? "task" : "tasks"}`;
      return { ...row, name: `fleet-bytes-${kind}`, value: shareOf(chosen), note: `${note}: by ${tasks}` };
    }),
  ];
}
