// A session of someone who goes on watching does not end: beacons renew it, and revocation still ends it.
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { tokenHash } from "#workers/access/credential-hash.ts";
import { Location } from "#workers/testing/playback-location.ts";
import { seedSealedVideo } from "#workers/testing/seed-video.ts";
import { tokenSigner } from "#workers/testing/token-signer.ts";

const hourMs = 3_600_000;
let scenes = 0;

async function watching() {
  const video = await seedSealedVideo(env, { policy: "signed" });
  const location = new Location();
  location.nowMs = Date.now() + 100 * hourMs * ++scenes;
  const signer = await tokenSigner(env, location.nowMs);
  const isolate = location.isolate();
  const jti = `t-${scenes}`;
  const { root } = await isolate.open(
    video.playbackId,
    `token=${await signer.sign(video.playbackId, { jti })}`,
  );
  const beacon = async (at: string) => {
    const answer = await isolate.fetch(`${at}/event`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ event: "playing" }),
    });
    const told = JSON.parse(answer.text) as { session?: string; code?: string };
    return {
      status: answer.status,
      code: told.code,
      root: told.session && `/p/${video.playbackId}/s/${told.session}`,
    };
  };
  const segment = async (at: string) => (await isolate.fetch(`${at}/1-v720/2/0.m4s`)).status;
  return { location, jti, root, beacon, segment };
}

describe("a session", () => {
  it("is renewed from its half on, and goes on beyond its end and its token's", async () => {
    const { location, root, beacon, segment } = await watching();
    expect((await beacon(root)).root).toBeUndefined();
    location.nowMs += 2.5 * hourMs;
    const { root: renewed } = await beacon(root);
    expect(renewed).toMatch(/[\w-]{96}$/);
    expect(renewed).not.toBe(root);
    location.nowMs += 2 * hourMs;
    expect(await segment(root)).toBe(403);
    expect(await segment(renewed ?? "")).toBe(200);
    const again = await beacon(renewed ?? "");
    expect(again.root).toBeDefined();
  });

  it("is ended by what would have ended the one before it", async () => {
    const { location, jti, root, beacon, segment } = await watching();
    location.nowMs += 2.5 * hourMs;
    const { root: renewed } = await beacon(root);
    const hash = await tokenHash(jti);
    const forEver = 0xffffffff;
    await env.REVOCATIONS.getByName("all").revoke([
      { kind: "token", hash, issuedBeforeSeconds: forEver, reason: "revoked" },
    ]);
    location.nowMs += 5_001;
    expect(await segment(renewed ?? "")).toBe(403);
    expect(await beacon(renewed ?? "")).toMatchObject({ status: 403, code: "revoked" });
  });
});
