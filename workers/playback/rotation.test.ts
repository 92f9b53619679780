// Keys change while viewers come and watch, and nobody is turned away.
import { env } from "cloudflare:workers";
import { importPKCS8, SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { encodeBase64url } from "#workers/base64url.ts";
import { call, insertApiKey } from "#workers/testing/api-client.ts";
import { Location, type Isolate } from "#workers/testing/playback-location.ts";
import { seedSealedVideo } from "#workers/testing/seed-video.ts";

const secret = (letter: string) =>
  `${letter}:${encodeBase64url(new TextEncoder().encode(letter.repeat(32)))}`;

describe("rotating the keys of sessions", () => {
  it("fails no request: the new key comes second, then first, then the old one goes when its sessions are over", async () => {
    const video = await seedSealedVideo(env);
    const settings = [
      secret("a"),
      `${secret("a")},${secret("b")}`,
      `${secret("b")},${secret("a")}`,
      secret("b"),
    ];
    const location = new Location();
    // Isolates that are told of a new setting one after the other, as a deploy goes round.
    const isolates = Array.from({ length: 4 }, () => ({ isolate: location.isolate(), step: 0 }));
    const sessions: { readonly root: string; readonly mintedAt: number }[] = [];
    const statuses = new Map<number, number>();
    const at = async (isolate: Isolate, step: number) => {
      location.set({ SESSION_KEYS: settings[step] ?? "" });
      const { root } = await isolate.open(video.playbackId);
      sessions.push({ root, mintedAt: step });
      // Those of the first key are over when it is gone.
      const live = sessions.filter(({ mintedAt }) => step < 3 || mintedAt >= 2);
      // The oldest, and the last of each key.
      for (const session of [...live.slice(0, 1), ...live.slice(-2)]) {
        const { status } = await isolate.fetch(`${session.root}/1-v720/2/0.m4s`);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    for (let step = 0; step < settings.length; step++) {
      // While one isolate has the new setting the others still work by the one before.
      for (const told of isolates) {
        told.step = step;
        for (const { isolate, step: theirs } of isolates) await at(isolate, theirs);
      }
    }
    expect([...statuses.keys()]).toEqual([200]);
    expect(sessions.length).toBe(64);
    const gone = sessions.find(({ mintedAt }) => mintedAt === 0);
    const answer = await isolates[0]?.isolate.fetch(`${gone?.root}/1-v720/2/0.m4s`);
    expect([answer?.status, answer?.code]).toEqual([403, "invalidSession"]);
  });
});

describe("rotating a key of tokens", () => {
  it("fails no request under load: both verify until the grace of the old one ends", async () => {
    const video = await seedSealedVideo(env, { policy: "signed" });
    const admin = await insertApiKey("admin");
    const make = async (path: string, json: object) => {
      const response = await call("POST", path, { token: admin, json });
      if (response.status !== 201) throw new Error(await response.text());
      return response.json<{ id: string; alg: string; privateKeyPem: string }>();
    };
    const signer = async ({ id, alg, privateKeyPem }: Awaited<ReturnType<typeof make>>) => {
      const key = await importPKCS8(privateKeyPem, alg);
      return () =>
        new SignJWT({ sub: video.playbackId, aud: "video" })
          .setProtectedHeader({ alg, kid: id })
          .setIssuedAt()
          .setExpirationTime("1h")
          .sign(key);
    };
    const location = new Location();
    location.nowMs = Date.now();
    const isolates = [location.isolate(), location.isolate()];
    const old = await make("/v1/signing-keys", { alg: "EdDSA", name: "website" });
    const signs = [await signer(old)];
    const statuses: number[] = [];
    const viewer = async (isolate: Isolate) => {
      for (let n = 0; n < 12; n++) {
        for (const sign of signs) {
          const answer = await isolate.fetch(`/p/${video.playbackId}/hls.m3u8?token=${await sign()}`);
          statuses.push(answer.status);
        }
      }
    };
    let key = old;
    for (let round = 0; round < 3; round++) {
      // Viewers come by every key that there was while the next one is being made.
      const [next] = await Promise.all([
        make(`/v1/signing-keys/${key.id}/rotate`, { graceSeconds: 3600 }),
        ...isolates.flatMap((isolate) => [viewer(isolate), viewer(isolate)]),
      ]);
      key = next;
      signs.push(await signer(key));
    }
    await Promise.all(isolates.map(viewer));
    expect(statuses.length).toBe(12 * (4 * (1 + 2 + 3) + 2 * 4));
    expect(new Set(statuses)).toEqual(new Set([200]));
  });
});
