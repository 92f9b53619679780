import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import { fakeProbe, FakeRunner, nameOf } from "#workers/testing/fake-runner.ts";
import { uploadedVideo } from "#workers/testing/uploaded-video.ts";

const probe = fakeProbe({ seconds: 40, sound: true, picture: true });
const board = () => env.SCHEDULER.getByName("board");
const codecs = ["h264", "aac"];
const onDisk = (instance: string, slot = 0) =>
  new FakeRunner(`${instance}-${slot}`, undefined, codecs, instance);
const [first, second] = [onDisk("first"), onDisk("second")];

async function setClock(nowMs: number): Promise<void> {
  await runInDurableObject(board(), (instance) => {
    instance.nowMs = () => nowMs;
  });
}

/** The first runner has read the whole file. */
async function probed(): Promise<void> {
  const { videoId, version } = await uploadedVideo(env);
  await board().submit({ videoId, version, sourceKey: `sources/${videoId}/original`, sizeBytes: 5000 });
  await first.work(await first.mustClaim(), probe);
}

async function takenBy(runner: FakeRunner): Promise<string[]> {
  const names: string[] = [];
  for (let task = await runner.claim(); task !== null; task = await runner.claim()) names.push(nameOf(task));
  return names;
}

afterEach(async () => {
  const rows = await env.DB.prepare("SELECT id FROM videos").all<{ id: string }>();
  for (const { id } of rows.results) await board().cancel(id);
  await setClock(Date.now());
});

describe("work that goes through the whole file", () => {
  it("goes to the instance that has read it, whoever else asks first", async () => {
    await probed();
    expect(await takenBy(second)).toEqual(["video 0 v360", "video 0 v240", "video 1", "video 2"]);
    expect(await takenBy(onDisk("first", 1))).toEqual(["audio a0", "images"]);
  });

  it("comes in its turn to the instance that has the file", async () => {
    await probed();
    const order = ["video 0 v360", "audio a0", "video 0 v240", "video 1", "video 2", "images"];
    expect(await takenBy(first)).toEqual(order);
  });

  it("is anybody's when the instance that has the file is not heard from", async () => {
    await probed();
    const start = Date.now();
    await setClock(start);
    await takenBy(second);
    await setClock(start + 2_900);
    expect(await takenBy(second)).toEqual([]);
    await setClock(start + 3_100);
    expect(await takenBy(second)).toEqual(["audio a0", "images"]);
  });

  it("reaches by the alarm whoever waits for it", async () => {
    await probed();
    const start = Date.now();
    await setClock(start);
    await takenBy(second);
    const held = second.claim(20);
    await setClock(start + 3_100);
    await runDurableObjectAlarm(board());
    expect((await held)?.work.kind).toBe("audio");
  });

  it("waits longer for an instance that works on the same video", async () => {
    await probed();
    const start = Date.now();
    await setClock(start);
    await first.mustClaim();
    await takenBy(second);
    await setClock(start + 14_000);
    expect(await takenBy(second)).toEqual([]);
    expect(await takenBy(first)).toEqual(["audio a0", "images"]);
  });

  it("is kept once: the next attempt is whoever's", async () => {
    await probed();
    await takenBy(second);
    const sound = await first.mustClaim();
    expect(sound.work.kind).toBe("audio");
    await first.fail(sound, "handback");
    expect(await takenBy(second)).toEqual(["audio a0"]);
  });
});
