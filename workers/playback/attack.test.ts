// Who has no right to it gets nothing of a video, by no route; and each attempt is counted by its reason.
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { tokenHash } from "#workers/access/credential-hash.ts";
import { encodeBase64url, decodeBase64url } from "#workers/base64url.ts";
import { call } from "#workers/testing/api-client.ts";
import { parseExposition } from "#workers/testing/parse-exposition.ts";
import { Location, type Isolate } from "#workers/testing/playback-location.ts";
import { seedSealedVideo } from "#workers/testing/seed-video.ts";
import { tokenSigner, type TokenSigner } from "#workers/testing/token-signer.ts";
import type { RefusalReason } from "./refusals.ts";
import { importSessionKeys } from "./session-keys.ts";
import { mintSession, verifySession, type SessionClaims } from "./session.ts";

type Video = Awaited<ReturnType<typeof seedSealedVideo>>;

let location: Location;
let isolate: Isolate;
let signer: TokenSigner;
let open: Video;
let signed: Video;
let other: Video;
/** Sessions of the signed video, of another signed one, and of the public one. */
let session: string;
let otherSession: string;
let openSession: string;

beforeAll(async () => {
  location = new Location();
  isolate = location.isolate();
  signer = await tokenSigner(env, location.nowMs);
  [open, signed, other] = [
    await seedSealedVideo(env),
    await seedSealedVideo(env, { policy: "signed" }),
    await seedSealedVideo(env, { policy: "signed" }),
  ];
  const sessionOf = async (video: Video) =>
    (await isolate.open(video.playbackId, `token=${await signer.sign(video.playbackId)}`)).session;
  session = await sessionOf(signed);
  otherSession = await sessionOf(other);
  openSession = (await isolate.open(open.playbackId)).session;
});

const trackPaths = ["index.m3u8", "iframes.m3u8", "init.mp4", "2/0.m4s", "1/0.m4s"];
const underSession = (of: Video, text: string, track = "1-v720") =>
  trackPaths.map((path) => `/p/${of.playbackId}/s/${text}/${track}/${path}`);
const manifests = (query: string) =>
  ["hls.m3u8", "dash.mpd"].map((name) => `/p/${signed.playbackId}/${name}${query}`);

async function refusals(reason: RefusalReason): Promise<number> {
  const response = await call("GET", "/metrics", {
    token: env.METRICS_TOKEN,
    headers: { Accept: "application/openmetrics-text" },
  });
  const family = parseExposition(await response.text(), "openmetrics").get("playback_refusals");
  return family?.samples.get(`playback_refusals_total{reason="${reason}"}`) ?? 0;
}

/** Every path is refused for this reason, with no byte of media or manifest, and counted. */
async function refused(reason: RefusalReason, paths: readonly string[]): Promise<void> {
  const before = await refusals(reason);
  for (const path of paths) {
    const answer = await isolate.fetch(path);
    expect(answer.status, path).toBeGreaterThanOrEqual(400);
    expect(answer.status, path).toBeLessThan(500);
    expect(answer.header("Content-Type"), path).toBe("application/problem+json");
    expect(answer.header("Cache-Control"), path).toBe("no-store");
  }
  expect(await refusals(reason)).toBe(before + paths.length);
}

const text = (value: unknown) => encodeBase64url(new TextEncoder().encode(JSON.stringify(value)));

async function forgedBy(
  header: Readonly<Record<string, unknown>>,
  secret: string | null,
  payload: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const seconds = location.nowMs / 1000;
  const claims = { sub: signed.playbackId, aud: "video", iat: seconds, exp: seconds + 600, ...payload };
  const body = `${text(header)}.${text(claims)}`;
  if (secret === null) return `${body}.`;
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(secret), algorithm, false, [
    "sign",
  ]);
  const mac = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(body));
  return `${body}.${encodeBase64url(new Uint8Array(mac))}`;
}

describe("a token", () => {
  const seconds = () => location.nowMs / 1000;
  const attacks: readonly [string, RefusalReason, () => Promise<string> | string][] = [
    ["with no algorithm", "tokenAlgorithm", () => forgedBy({ alg: "none", kid: signer.kid }, null)],
    [
      "with no algorithm, spelled otherwise",
      "tokenAlgorithm",
      () => forgedBy({ alg: "nOnE", kid: signer.kid }, null),
    ],
    [
      "signed with the public key as a shared secret",
      "tokenAlgorithm",
      async () => {
        const row = await env.DB.prepare("SELECT public_jwk FROM signing_keys WHERE id = ?")
          .bind(signer.kid)
          .first<string>("public_jwk");
        return forgedBy({ alg: "HS256", kid: signer.kid }, row);
      },
    ],
    ["without a key's id", "tokenKeyUnknown", () => forgedBy({ alg: "HS256" }, "x".repeat(32))],
    [
      "of a key that does not exist",
      "tokenKeyUnknown",
      () => forgedBy({ alg: "HS256", kid: "sig_01ARZ3NDEKTSV4RRFFQ69G5FAV" }, "x".repeat(32)),
    ],
    [
      "whose key's id is a query",
      "tokenKeyUnknown",
      () => forgedBy({ alg: "HS256", kid: "' UNION SELECT secret_hash FROM api_keys --" }, "x".repeat(32)),
    ],
    [
      "whose key's id is a path",
      "tokenKeyUnknown",
      () => forgedBy({ alg: "HS256", kid: "../../etc/passwd" }, "x"),
    ],
    ["whose key's id is a list", "tokenKeyUnknown", () => forgedBy({ alg: "HS256", kid: [signer.kid] }, "x")],
    [
      "that brings its own key",
      "tokenMalformed",
      () => forgedBy({ alg: "ES256", kid: signer.kid, jwk: { kty: "oct", k: "eA" } }, "x"),
    ],
    ["without a signature", "tokenSignature", () => forgedBy({ alg: "ES256", kid: signer.kid }, null)],
    [
      "whose signature is all zeros",
      "tokenSignature",
      async () =>
        `${(await signer.sign(signed.playbackId)).split(".").slice(0, 2).join(".")}.${encodeBase64url(new Uint8Array(64))}`,
    ],
    [
      "whose payload was changed",
      "tokenSignature",
      async () => {
        const [header, , signature] = (await signer.sign(other.playbackId)).split(".");
        return `${header}.${text({ sub: signed.playbackId, aud: "video", exp: seconds() + 600 })}.${signature}`;
      },
    ],
    ["that has expired", "tokenExpired", () => signer.sign(signed.playbackId, { exp: seconds() })],
    [
      "that is not valid yet",
      "tokenNotYetValid",
      () => signer.sign(signed.playbackId, { nbf: seconds() + 60 }),
    ],
    ["from the future", "tokenNotYetValid", () => signer.sign(signed.playbackId, { iat: seconds() + 60 })],
    ["that never expires", "tokenClaims", () => signer.sign(signed.playbackId, { exp: undefined })],
    ["whose expiry is text", "tokenClaims", () => signer.sign(signed.playbackId, { exp: "9999999999" })],
    ["that lives too long", "tokenTooLong", () => signer.sign(signed.playbackId, { exp: seconds() + 9e6 })],
    ["for pictures", "tokenAudience", () => signer.sign(signed.playbackId, { aud: "thumbnail" })],
    ["for no use", "tokenClaims", () => signer.sign(signed.playbackId, { aud: undefined })],
    ["of another playback id", "tokenPlaybackId", () => signer.sign(other.playbackId)],
    [
      "of a list of playback ids",
      "tokenClaims",
      () => signer.sign(signed.playbackId, { sub: [signed.playbackId] }),
    ],
    ["of a hundred thousand characters", "tokenTooLarge", () => "a.".repeat(50_000)],
    ["that is none", "tokenMalformed", () => "x"],
    ["that is empty", "tokenMalformed", () => ""],
  ];
  it.each(attacks)("%s is refused as %s", async (_, reason, token) => {
    await refused(reason, manifests(`?token=${await token()}`));
  });

  it("is refused when it is doubled, for whichever of the two was meant", async () => {
    const good = await signer.sign(signed.playbackId);
    await refused("tokenMalformed", manifests(`?token=${good}&token=x`));
    await refused("tokenMalformed", manifests(`?token=x&token=${good}`));
  });

  it("is no token under another spelling of its name, or behind a fragment", async () => {
    const good = await signer.sign(signed.playbackId);
    for (const query of [`?Token=${good}`, `?token%5B%5D=${good}`, `?xtoken=${good}`, `#token=${good}`])
      await refused("tokenRequired", manifests(query));
  });
});

describe("a session", () => {
  it("opens no other playback id, public or signed, and none of the other policy", async () => {
    await refused("sessionForged", underSession(other, session));
    await refused("sessionForged", underSession(signed, otherSession));
    await refused("sessionForged", underSession(open, session));
    await refused("sessionForged", underSession(signed, openSession));
  });

  it("that was minted for nobody opens nothing that is signed, however good its MAC", async () => {
    const keys = await importSessionKeys(env.SESSION_KEYS);
    const nobody = await mintSession(await claimsOf(openSession, open), signed.playbackId, keys);
    await refused("tokenRequired", underSession(signed, nobody));
  });

  it("opens no track that was not offered, no segment beyond its slice, no version but its video's", async () => {
    const keys = await importSessionKeys(env.SESSION_KEYS);
    const claims = await claimsOf(session, signed);
    const lower = await mintSession({ ...claims, trackMask: 0b101 }, signed.playbackId, keys);
    await refused("trackNotOffered", underSession(signed, lower));
    const part = { fromFragment: 2, toFragment: 4 };
    const clip = await mintSession({ ...claims, slice: part }, signed.playbackId, keys);
    await refused(
      "segmentNotOffered",
      ["2/0.m4s", "2/2.m4s", "1/1.m4s", "1/4.m4s"].map(
        (n) => `/p/${signed.playbackId}/s/${clip}/1-v720/${n}`,
      ),
    );
    await refused("versionUnknown", underSession(signed, session, "2-v720"));
    await refused("trackUnknown", underSession(signed, session, "1-v1080"));
  });

  it("is refused after any change of any byte", async () => {
    const bytes = decodeBase64url(session) ?? new Uint8Array();
    expect(bytes.length).toBe(72);
    for (let position = 0; position < bytes.length; position++) {
      const changed = Uint8Array.from(bytes, (byte, index) => (index === position ? byte ^ 1 : byte));
      const path = `/p/${signed.playbackId}/s/${encodeBase64url(changed)}/1-v720/2/0.m4s`;
      const answer = await isolate.fetch(path);
      expect([answer.status, answer.code], String(position)).toEqual([403, "invalidSession"]);
    }
  });

  it("is refused in any other spelling: longer, shorter, padded, escaped, in other letters", async () => {
    const paths = (spelling: string) => `/p/${signed.playbackId}/s/${spelling}/1-v720/2/0.m4s`;
    for (const spelling of [session.slice(1), `${session}A`, `${session}AAAA`])
      await refused("sessionMalformed", [paths(spelling)]);
    for (const spelling of [`${session}=`, `${session}%00`, `%41${session.slice(1)}`])
      await refused("pathUnknown", [paths(spelling)]);
  });

  it("ends, and then opens nothing", async () => {
    const keys = await importSessionKeys(env.SESSION_KEYS);
    const claims = { ...(await claimsOf(session, signed)), expiresAtMs: location.nowMs };
    await refused("sessionExpired", underSession(signed, await mintSession(claims, signed.playbackId, keys)));
  });

  async function claimsOf(of: string, video: Video): Promise<SessionClaims> {
    const keys = await importSessionKeys(env.SESSION_KEYS);
    const verified = await verifySession(of, video.playbackId, keys, location.nowMs);
    if (!verified.ok) throw new Error(verified.reason);
    return verified.value;
  }
});

describe("what was revoked", () => {
  it("is refused when it is played again: the session, the token it came by, and every session of that", async () => {
    const token = await signer.sign(signed.playbackId, { jti: "taken-back", viewer: "mallory" });
    const { session: replayed } = await isolate.open(signed.playbackId, `token=${token}`);
    const issuedBeforeSeconds = Math.floor(location.nowMs / 1000) + 1;
    const hash = await tokenHash("taken-back");
    const object = env.REVOCATIONS.getByName("all");
    await object.revoke([{ kind: "token", hash, issuedBeforeSeconds, reason: "revoked" }]);
    location.nowMs += 5_001;
    await refused("revoked", underSession(signed, replayed));
    await refused("revoked", manifests(`?token=${token}`));
    // Nobody else's.
    expect((await isolate.fetch(`/p/${signed.playbackId}/s/${session}/1-v720/2/0.m4s`)).status).toBe(200);
  });
});

describe("a path", () => {
  it("that climbs, doubles a slash, escapes or spells a number otherwise leads nowhere", async () => {
    const root = `/p/${open.playbackId}/s/${openSession}`;
    await refused("pathUnknown", [
      `${root}/1-v720/2/00.m4s`,
      `${root}/1-v720/2/+0.m4s`,
      `${root}/1-v720/2/0.m4s/`,
      `${root}/1-v720//2/0.m4s`,
      `${root}/1-v720/2/0.M4S`,
      `${root}/1-v720%2f2/0.m4s`,
      `${root}/1-v720/..%2f..%2f1-v720/2/0.m4s`,
      `${root}/1-v720/2/%30.m4s`,
      `${root}/01-v720/2/0.m4s`,
      `/p//${open.playbackId}/hls.m3u8`,
      `/p/${open.playbackId}/hls.m3u8/`,
      `/p/${open.playbackId}%2fhls.m3u8`,
      `/p/${open.playbackId.slice(0, 8)}/hls.m3u8`,
    ]);
    await refused("groupingUnknown", [`${root}/1-v720/3/0.m4s`, `${root}/1-v720/0/0.m4s`]);
    await refused("segmentUnknown", [`${root}/1-v720/2/9999999.m4s`]);
  });
});
