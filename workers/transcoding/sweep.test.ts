import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { versionPrefix } from "#workers/storage/keys.ts";
import { fakeProbe, FakeRunner } from "#workers/testing/fake-runner.ts";
import { uploadedVideo } from "#workers/testing/uploaded-video.ts";
import { sweepTranscoding } from "./sweep.ts";

const minuteMs = 60_000;

async function sealed(): Promise<{ videoId: string; sealedAtMs: number }> {
  const { videoId } = await uploadedVideo(env);
  const board = env.SCHEDULER.getByName("board");
  await board.submit({ videoId, version: 1, sourceKey: `sources/${videoId}/original`, sizeBytes: 5000 });
  await new FakeRunner().workAll(fakeProbe({ seconds: 20, sound: true, picture: true }));
  const row = await env.DB.prepare("SELECT sealed_at FROM versions WHERE video_id = ?")
    .bind(videoId)
    .first<{ sealed_at: number }>();
  return { videoId, sealedAtMs: row?.sealed_at ?? 0 };
}

async function listing(videoId: string): Promise<string[]> {
  return (await env.MEDIA.list({ prefix: versionPrefix(videoId, 1) })).objects.map(({ key }) => key);
}

describe("the sweep", () => {
  it("removes what was written after the seal, and nothing else", async () => {
    const { videoId, sealedAtMs } = await sealed();
    const whole = await listing(videoId);
    await env.MEDIA.put(`${versionPrefix(videoId, 1)}v240/0.7.m4s`, "late");
    await env.MEDIA.put(`${versionPrefix(videoId, 1)}images/poster.7.jpg`, "late");
    await sweepTranscoding(env, sealedAtMs + 12 * minuteMs);
    expect(await listing(videoId)).toEqual(whole);
  });

  it("looks at a version some minutes after its seal, and not for ever", async () => {
    const { videoId, sealedAtMs } = await sealed();
    const whole = await listing(videoId);
    await env.MEDIA.put(`${versionPrefix(videoId, 1)}v240/0.7.m4s`, "late");
    await sweepTranscoding(env, sealedAtMs + 5 * minuteMs);
    await sweepTranscoding(env, sealedAtMs + 20 * minuteMs);
    expect(await listing(videoId)).toHaveLength(whole.length + 1);
  });

  it("asks for the versions by an index", async () => {
    const plan = await env.DB.prepare(
      "EXPLAIN QUERY PLAN SELECT video_id FROM versions WHERE state = 'sealed' AND sealed_at BETWEEN 1 AND 2",
    ).all<{ detail: string }>();
    expect(plan.results.map(({ detail }) => detail).join()).toContain("versions_by_seal");
  });
});
