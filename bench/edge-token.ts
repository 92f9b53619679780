// A signed playback id's multivariant playlist: each request brings a token that was never seen, as viewers do.
import { sign, generateKeyPairSync, createHmac, randomBytes, type KeyObject } from "node:crypto";
import { newSecrets } from "../scripts/stack/secrets.ts";
import { seal } from "#workers/access/sealing.ts";
import { newId } from "#workers/ids.ts";
import type { Claim } from "./claim.ts";
import { measureEdge, type EdgeSubject } from "./edge-requests.ts";
import { json } from "./edge-video.ts";

const tokens = 4_096;
/** bench/workers/edge.ts makes ids that begin so signed ones. */
const playbackId = `S${randomBytes(16).toString("base64url").slice(1)}`;

type Signer = (text: string) => string;

const hmac =
  (secret: Buffer): Signer =>
  (text) =>
    createHmac("sha256", secret).update(text).digest("base64url");
const ecdsa =
  (key: KeyObject): Signer =>
  (text) =>
    sign("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" }).toString("base64url");

function tokensOf(alg: string, kid: string, signer: Signer): readonly string[] {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const seconds = Math.floor(Date.now() / 1000);
  return Array.from({ length: tokens }, (_, viewer) => {
    const claims = {
      sub: playbackId,
      aud: "video",
      iat: seconds,
      exp: seconds + 3600,
      viewer: `u_${viewer}`,
    };
    const text = `${encode({ alg, kid })}.${encode(claims)}`;
    return `${text}.${signer(text)}`;
  });
}

function subject(name: string, note: string, origin: string, of: readonly string[]): EdgeSubject {
  const url = `${origin}/p/${playbackId}/hls.m3u8?token=`;
  return { name, note, request: (index) => ({ url: `${url}${of[index % of.length]}`, status: 200 }) };
}

export const edgeToken: Claim = {
  name: "edge-token",
  async run(options) {
    const secrets = newSecrets();
    const [shared, pair] = [newId("signingKey", 0), newId("signingKey", 1)];
    const secret = randomBytes(32);
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const { kty, crv, x, y } = publicKey.export({ format: "jwk" });
    const times = { retires_at: null, revoked_at: null };
    const signingKeys = {
      [shared]: {
        ...{ id: shared, alg: "HS256", public_jwk: null, ...times },
        sealed_secret: await seal(secrets.SEALING_KEY, shared, secret),
      },
      [pair]: {
        ...{ id: pair, alg: "ES256", sealed_secret: null, ...times },
        public_jwk: JSON.stringify({ kty, crv, x, y }),
      },
    };
    const what = `a JWT verified, ${tokens} different viewers, five renditions and sound`;
    return measureEdge(
      {
        atMostMs: 0.15,
        secrets,
        data: { signingKeys: json(signingKeys) },
        subjects: (origin) =>
          Promise.resolve([
            subject("edge-token", `HS256: ${what}`, origin, tokensOf("HS256", shared, hmac(secret))),
            subject("edge-token-es256", `ES256: ${what}`, origin, tokensOf("ES256", pair, ecdsa(privateKey))),
          ]),
      },
      options,
    );
  },
};
