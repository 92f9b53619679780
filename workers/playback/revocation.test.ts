// A revocation through the whole path: who is meant gets nothing within seconds, nobody else notices.
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { keyHash, playbackIdHash, tokenHash, viewerHash } from "#workers/access/credential-hash.ts";
import type { Revocation, RevocationKind } from "#workers/access/revocation-log.ts";
import { decodeBase64url } from "#workers/base64url.ts";
import { Location, type Isolate, type Opened } from "#workers/testing/playback-location.ts";
import { seedSealedVideo } from "#workers/testing/seed-video.ts";
import { tokenSigner } from "#workers/testing/token-signer.ts";

const object = () => env.REVOCATIONS.getByName("all");

/** Later than whatever a scene before has left in the location's cache. */
let scenes = 0;

async function audience() {
  const video = await seedSealedVideo(env, { policy: "signed" });
  const location = new Location();
  // The object's clock is the real one, and what is long over is forgotten.
  location.nowMs = Date.now() + 60_000 * ++scenes;
  const signer = await tokenSigner(env, location.nowMs);
  const isolate = location.isolate();
  const watch = async (viewer: string, jti: string) => {
    const token = await signer.sign(video.playbackId, { viewer, jti });
    return { token, opened: await isolate.open(video.playbackId, `token=${token}`) };
  };
  const ann = await watch("ann", "t-ann");
  const bob = await watch("bob", "t-bob");
  return { video, location, signer, isolate, ann, bob };
}

async function paths(isolate: Isolate, { root }: Opened) {
  const answers = await Promise.all(
    ["index.m3u8", "iframes.m3u8", "init.mp4", "2/0.m4s", "2/1.m4s"].map((name) =>
      isolate.fetch(`${root}/1-v720/${name}`),
    ),
  );
  return answers.map(({ status }) => status);
}

const all = (status: number) => Array.from({ length: 5 }, () => status);

describe.each<[RevocationKind, (a: Awaited<ReturnType<typeof audience>>) => Promise<Uint8Array>]>([
  ["viewer", () => viewerHash("ann")],
  ["token", () => tokenHash("t-ann")],
  [
    "session",
    ({ ann }) => Promise.resolve((decodeBase64url(ann.opened.session) ?? new Uint8Array()).slice(11, 19)),
  ],
])("revoking one by its %s", (kind, hashOf) => {
  it("ends it within five seconds by HLS and DASH, and leaves the others and every cache alone", async () => {
    const scene = await audience();
    const { video, location, isolate, ann, bob } = scene;
    expect(await paths(isolate, ann.opened)).toEqual(all(200));
    expect(await paths(isolate, bob.opened)).toEqual(all(200));
    const reads = location.reads.length;
    const issuedBeforeSeconds = Math.floor(location.nowMs / 1000) + 1;
    const entry: Revocation = { kind, hash: await hashOf(scene), issuedBeforeSeconds, reason: "revoked" };
    await object().revoke([entry]);
    location.nowMs += 5_001;

    expect(await paths(isolate, ann.opened)).toEqual(all(403));
    const refused = await isolate.fetch(`${ann.opened.root}/1-v720/2/0.m4s`);
    expect(refused.code).toBe("revoked");
    if (kind !== "session") {
      // Nor does the old token make a new session.
      for (const name of ["hls.m3u8", "dash.mpd"]) {
        const again = await isolate.fetch(`/p/${video.playbackId}/${name}?token=${ann.token}`);
        expect([again.status, again.code]).toEqual([403, "revoked"]);
      }
    }
    expect(await paths(isolate, bob.opened)).toEqual(all(200));
    expect(location.reads).toHaveLength(reads);
  });
});

describe("revoking for all", () => {
  it.each(["playbackId", "signingKey"] as const)("by the %s ends everyone", async (kind) => {
    const { video, location, signer, isolate, ann, bob } = await audience();
    const hash = new Uint8Array(8);
    if (kind === "signingKey") new DataView(hash.buffer).setUint32(0, await keyHash(signer.kid));
    else hash.set(await playbackIdHash(video.playbackId));
    const issuedBeforeSeconds = Math.floor(location.nowMs / 1000) + 1;
    await object().revoke([{ kind, hash, issuedBeforeSeconds, reason: "revoked" }]);
    location.nowMs += 5_001;
    expect(await paths(isolate, ann.opened)).toEqual(all(403));
    expect(await paths(isolate, bob.opened)).toEqual(all(403));
  });
});

describe("when the revocations can't be asked for", () => {
  const broken = { getByName: () => ({ snapshot: () => Promise.reject(new Error("unreachable")) }) };
  it.each([
    ["open", 200],
    ["closed", 503],
  ])("the setting %s decides", async (REVOCATION_UNREACHABLE, status) => {
    const video = await seedSealedVideo(env);
    // As much of the namespace as is asked for.
    const REVOCATIONS = broken as unknown as typeof env.REVOCATIONS;
    const location = new Location({ REVOCATION_UNREACHABLE, REVOCATIONS });
    // Nobody at this location has heard of the object lately.
    location.nowMs = 2_000_000_000_000;
    const answer = await location.isolate().fetch(`/p/${video.playbackId}/hls.m3u8`);
    expect(answer.status).toBe(status);
    if (status === 503) expect([answer.code, answer.header("Retry-After")]).toEqual(["unavailable", "2"]);
  });
});
