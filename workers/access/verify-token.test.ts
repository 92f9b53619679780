// What a playback token must survive, in the runtime that will meet it.
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { decodeBase64url, encodeBase64url } from "#workers/base64url.ts";
import {
  encodeJson,
  encodeText,
  handKey,
  signByHmac,
  type HandKey,
} from "#workers/testing/hand-made-tokens.ts";
import { keyHash, tokenHash, viewerHash } from "./credential-hash.ts";
import type { Audience } from "./playback-claims.ts";
import { signingAlgorithms, type SigningAlgorithm, type SigningKeyRecord } from "./signing-key.ts";
import { maxTokenCharacters, verifyPlaybackToken, type TokenRefusal } from "./verify-token.ts";

const playbackId = "AAAAAAAAAAAAAAAAAAAAAA";
const nowSeconds = 1_800_000_000;
const nowMs = nowSeconds * 1_000;
const claims = { sub: playbackId, aud: "video", iat: nowSeconds, exp: nowSeconds + 3_600, jti: "t1" };

let keys: Readonly<Record<SigningAlgorithm, HandKey>>;
beforeAll(async () => {
  const made = await Promise.all(
    signingAlgorithms.map(async (alg) => [alg, await handKey(alg, env)] as const),
  );
  keys = Object.fromEntries(made) as Record<SigningAlgorithm, HandKey>;
});

interface Asked {
  readonly findKey?: (kid: string) => SigningKeyRecord | null;
  readonly audience?: Audience;
  readonly nowMs?: number;
  readonly sealingKey?: string;
}

const findAny = (kid: string) => Object.values(keys).find((key) => key.kid === kid)?.record ?? null;

async function verify(token: string, asked: Asked = {}) {
  return verifyPlaybackToken(token, playbackId, asked.audience ?? "video", {
    findKey: asked.findKey ?? findAny,
    env: { SEALING_KEY: asked.sealingKey ?? env.SEALING_KEY, MAX_TOKEN_SECONDS: env.MAX_TOKEN_SECONDS },
    nowMs: asked.nowMs ?? nowMs,
  });
}

async function reasonOf(token: string, asked: Asked = {}): Promise<TokenRefusal["reason"] | "accepted"> {
  const verified = await verify(token, asked);
  return verified.ok ? "accepted" : verified.reason.reason;
}

describe.each(signingAlgorithms)("a token of %s", (alg) => {
  it("is read back as it was signed, and named by short hashes", async () => {
    const key = keys[alg];
    const token = await key.token({ ...claims, viewer: "u_1", limits: { maxHeight: 720 } });
    const verified = await verify(token);
    expect(verified).toEqual({
      ok: true,
      value: {
        claims: {
          playbackId,
          audiences: ["video"],
          expiresAtMs: nowMs + 3_600_000,
          notBeforeMs: null,
          issuedAtMs: nowMs,
          tokenId: "t1",
          viewerId: "u_1",
          limits: { maxHeight: 720 },
          restrictions: {},
          boundTo: null,
          streamLimit: null,
        },
        kid: key.kid,
        keyHash: await keyHash(key.kid),
        tokenHash: await tokenHash("t1"),
        viewerHash: await viewerHash("u_1"),
      },
    });
  });

  it("is refused after a change of any one character of its signature", async () => {
    const token = await keys[alg].token(claims);
    const signature = token.lastIndexOf(".") + 1;
    for (let at = signature; at < token.length; at += alg === "RS256" ? 29 : 7) {
      // Four apart: the last character of a signature holds four bits, and the other two say nothing.
      const changed = token.slice(0, at) + (token[at] === "A" ? "E" : "A") + token.slice(at + 1);
      expect([at, await reasonOf(changed)]).toEqual([at, "tokenSignature"]);
    }
  });

  it("is refused with other claims under its signature, and with another token's signature", async () => {
    const [header, , signature] = (await keys[alg].token(claims)).split(".");
    const other = encodeJson({ ...claims, exp: nowSeconds + 7_200 });
    expect(await reasonOf(`${header}.${other}.${signature}`)).toBe("tokenSignature");
    const stranger = await handKey(alg, env);
    const forged = await stranger.token(claims, { kid: keys[alg].kid });
    expect(await reasonOf(forged)).toBe("tokenSignature");
  });
});

describe("a token without an id", () => {
  it("is named by what is signed: another spelling of the signature is the same token", async () => {
    const { jti: _, ...anonymous } = claims;
    const token = await keys.ES256.token(anonymous);
    const [header, payload, signature = ""] = token.split(".");
    const respelled = `${header}.${payload}.${flipS(signature)}`;
    expect(respelled).not.toBe(token);
    const [one, two] = [await verify(token), await verify(respelled)];
    expect(one.ok && [...one.value.tokenHash]).toEqual([...(await tokenHash(`${header}.${payload}`))]);
    expect(two.ok && two.value.tokenHash).toEqual(one.ok && one.value.tokenHash);
    expect(one.ok && [...one.value.viewerHash]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });

  /** (r, n - s) verifies wherever (r, s) does: everybody can make one of the other. */
  function flipS(signature: string): string {
    const bytes = decodeBase64url(signature) ?? new Uint8Array();
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
    const s = BigInt(`0x${Array.from(bytes.subarray(32), (b) => b.toString(16).padStart(2, "0")).join("")}`);
    const flipped = (order - s).toString(16).padStart(64, "0");
    for (let i = 0; i < 32; i++) bytes[32 + i] = Number.parseInt(flipped.slice(2 * i, 2 * i + 2), 16);
    return encodeBase64url(bytes);
  }
});

describe("the algorithm", () => {
  it.each([
    "none",
    "None",
    "NONE",
    "nOnE",
    "",
    "hs256",
    "HS384",
    "HS512",
    "RS512",
    "PS256",
    "ES384",
    "Ed25519",
    "dir",
  ])("%s is refused, with and without a signature", async (alg) => {
    const text = `${encodeJson({ alg, kid: keys.HS256.kid })}.${encodeJson(claims)}`;
    expect(await reasonOf(`${text}.`)).toBe("tokenAlgorithm");
    expect(await reasonOf(`${text}.${await keys.HS256.sign(text)}`)).toBe("tokenAlgorithm");
  });

  it.each([[undefined], [null], [256], [["HS256"]], [{ name: "HS256" }]])("%j is refused", async (alg) => {
    expect(await reasonOf(await keys.HS256.token(claims, { alg }))).toBe("tokenAlgorithm");
  });

  it("is the key's: a public key is no secret, in whichever spelling it is taken for one", async () => {
    const { kid, record } = keys.RS256;
    if (record.alg === "HS256") throw new Error("not a pair");
    const text = `${encodeJson({ alg: "HS256", kid })}.${encodeJson(claims)}`;
    const key = await crypto.subtle.importKey(
      "jwk",
      record.publicJwk,
      { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
      true,
      ["verify"],
    );
    const spki = new Uint8Array((await crypto.subtle.exportKey("spki", key)) as ArrayBuffer);
    const base64 = btoa(String.fromCharCode(...spki));
    const lines = base64.replaceAll(/.{64}/g, "$&\n");
    const pem = `-----BEGIN PUBLIC KEY-----\n${lines}\n-----END PUBLIC KEY-----\n`;
    const secrets = [pem, pem.trim(), JSON.stringify(record.publicJwk)].map((spelling) =>
      new TextEncoder().encode(spelling),
    );
    for (const secret of [...secrets, spki]) {
      expect(await reasonOf(`${text}.${await signByHmac(secret, text)}`)).toBe("tokenAlgorithm");
    }
  });

  it("of one key is not that of another", async () => {
    for (const alg of signingAlgorithms) {
      for (const other of signingAlgorithms.filter((name) => name !== alg)) {
        expect(await reasonOf(await keys[alg].token(claims, { alg: other }))).toBe("tokenAlgorithm");
        expect(await reasonOf(await keys[alg].token(claims, { kid: keys[other].kid }))).toBe(
          "tokenAlgorithm",
        );
      }
    }
  });
});

describe("a signature", () => {
  it("of zeros is none (CVE-2022-21449)", async () => {
    const [header, payload] = (await keys.ES256.token(claims)).split(".");
    for (const bytes of [new Uint8Array(64), new Uint8Array(0), new Uint8Array(63), new Uint8Array(65)]) {
      expect(await reasonOf(`${header}.${payload}.${encodeBase64url(bytes)}`)).toBe("tokenSignature");
    }
  });

  it.each(signingAlgorithms)("of %s that is missing, short or no base64url is none", async (alg) => {
    const [header, payload, signature = ""] = (await keys[alg].token(claims)).split(".");
    for (const other of ["", "A", signature.slice(0, 20), "!!!!", `${signature}AAAA`, "\u0000".repeat(8)]) {
      expect(await reasonOf(`${header}.${payload}.${other}`)).toBe("tokenSignature");
    }
  });
});

describe("the shape", () => {
  it("is three parts", async () => {
    const token = await keys.HS256.token(claims);
    const [header, payload, signature] = token.split(".");
    const five = `${header}.${payload}.${signature}.${payload}.${signature}`;
    for (const text of [
      "",
      ".",
      "..",
      "...",
      "a.b",
      header ?? "",
      `${header}.${payload}`,
      `.${token}`,
      `${token}.`,
      `${token}.x`,
      five,
      `${header}..${payload}.${signature}`,
      `.${payload}.${signature}`,
    ]) {
      expect([text.slice(0, 40), await reasonOf(text)]).toEqual([text.slice(0, 40), "tokenMalformed"]);
    }
  });

  it("is no JWE", async () => {
    const header = encodeJson({ alg: "dir", enc: "A256GCM", kid: keys.HS256.kid });
    expect(await reasonOf(`${header}..AAAA.AAAA.AAAA`)).toBe("tokenMalformed");
  });

  it("has a bound, looked at before anything else", async () => {
    const asked: string[] = [];
    const findKey = (kid: string) => {
      asked.push(kid);
      return null;
    };
    const longest = (await keys.HS256.token(claims)).padEnd(maxTokenCharacters, "A");
    expect(await reasonOf(longest)).toBe("tokenSignature");
    expect(await reasonOf(`${longest}A`, { findKey })).toBe("tokenTooLarge");
    expect(await reasonOf("a".repeat(100_000), { findKey })).toBe("tokenTooLarge");
    const token = await keys.HS256.token(claims, { kid: "k".repeat(10_000) });
    expect(await reasonOf(token, { findKey })).toBe("tokenTooLarge");
    expect(asked).toEqual([]);
  });

  it.each([
    ["no JSON", encodeText("{alg:HS256}")],
    ["an array", encodeText("[]")],
    ["a string", encodeText('"HS256"')],
    ["null", encodeText("null")],
    ["padded base64", `${encodeJson({ alg: "HS256" })}==`],
    ["a byte order mark", encodeText(`\ufeff${JSON.stringify({ alg: "HS256" })}`)],
    ["no UTF-8", encodeBase64url(new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))],
    ["empty", ""],
  ])("has a header that is an object: %s is refused", async (_, header) => {
    const text = `${header}.${encodeJson(claims)}`;
    expect(await reasonOf(`${text}.${await keys.HS256.sign(text)}`)).toBe("tokenMalformed");
  });

  it("names everything once, however it is spelled", async () => {
    const { kid } = keys.HS256;
    const sign = (text: string) => keys.HS256.sign(text);
    const header = encodeJson({ alg: "HS256", kid });
    const good = JSON.stringify(claims).slice(1, -1);
    const doubled = [
      [encodeText(`{"alg":"HS256","kid":"${kid}","kid":"${kid}"}`), encodeJson(claims)],
      [encodeText(`{"alg":"none","alg":"HS256","kid":"${kid}"}`), encodeJson(claims)],
      [header, encodeText(`{${good},"exp":1}`)],
      [header, encodeText(`{"exp":1,${good}}`)],
      [header, encodeText(String.raw`{"\u0065xp":1,${good}}`)],
      [header, encodeText(`{${good},"limits":{"maxHeight":240,"maxHeight":2160}}`)],
      [header, encodeText(`{${good},"rules":[{"action":"block","action":"allow","type":"any"}]}`)],
    ];
    for (const [first, second] of doubled) {
      const text = `${first}.${second}`;
      expect([text, await reasonOf(`${text}.${await sign(text)}`)]).toEqual([text, "tokenMalformed"]);
    }
    const fine = `${header}.${encodeText(String.raw`{${good},"viewer":"a\":\"{b:c}\\"}`)}`;
    expect(await reasonOf(`${fine}.${await sign(fine)}`)).toBe("accepted");
  });

  it.each([
    [{ jwk: { kty: "oct", k: "AAAA" } }],
    [{ jku: "https://evil.example/jwks.json" }],
    [{ x5u: "https://evil.example/x" }],
    [{ x5c: ["MIIB"] }],
    [{ crit: ["exp"] }],
    [{ crit: [] }],
    [{ crit: ["b64"], b64: false }],
    [{ b64: false }],
    [{ b64: true }],
    [{ typ: "JWE" }],
    [{ typ: "upload+jwt" }],
    [{ typ: 7 }],
    [{ typ: null }],
  ])("lets no header choose its key or its rules: %j", async (header) => {
    expect(await reasonOf(await keys.HS256.token(claims, header))).toBe("tokenMalformed");
  });

  it("asks for no typ, and takes it in any case", async () => {
    for (const typ of [undefined, "JWT", "jwt"])
      expect(await reasonOf(await keys.HS256.token(claims, { typ }))).toBe("accepted");
  });

  it("is also that of a payload which is signed", async () => {
    for (const payload of ["[]", "7", "null", "{", '"x"', "", "{}x"]) {
      const text = `${encodeJson({ alg: "HS256", kid: keys.HS256.kid })}.${encodeText(payload)}`;
      expect([payload, await reasonOf(`${text}.${await keys.HS256.sign(text)}`)]).toEqual([
        payload,
        "tokenMalformed",
      ]);
    }
  });
});

describe("the key", () => {
  it.each([
    [undefined],
    [null],
    [""],
    [7],
    [[]],
    [["sig_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4"]],
    [{}],
    ["key_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4"],
    ["sig_01jdc3y5t8z9q2w4e6r8t0y2v4"],
    ["sig_01JDC3Y5T8Z9Q2W4E6R8T0Y2V"],
    ["sig_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4 "],
    ["sig_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4\n"],
    ["' OR 1=1 --"],
    ["sig_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4' UNION SELECT 1 --"],
    ["../../etc/passwd"],
    ["/dev/null"],
    ["https://evil.example/jwks.json"],
    ["__proto__"],
    ["constructor"],
    ["\u0000"],
    ["k".repeat(2_000)],
  ])("%j is looked up nowhere", async (kid) => {
    const asked: string[] = [];
    const findKey = (name: string) => {
      asked.push(name);
      return keys.HS256.record;
    };
    expect(await reasonOf(await keys.HS256.token(claims, { kid }), { findKey })).toBe("tokenKeyUnknown");
    expect(asked).toEqual([]);
  });

  it("of another deployment is unknown", async () => {
    const stranger = await handKey("HS256", env);
    expect(await reasonOf(await stranger.token(claims))).toBe("tokenKeyUnknown");
  });

  it("ends at the revocation, and at the end of its grace", async () => {
    const { record } = keys.ES256;
    const token = await keys.ES256.token(claims);
    const as = (state: Partial<Pick<SigningKeyRecord, "retiresAtMs" | "revokedAtMs">>) =>
      reasonOf(token, { findKey: () => ({ ...record, ...state }) });
    expect(await as({ retiresAtMs: nowMs + 1 })).toBe("accepted");
    expect(await as({ retiresAtMs: nowMs })).toBe("tokenKeyRetired");
    expect(await as({ revokedAtMs: 1 })).toBe("tokenKeyRevoked");
    expect(await as({ retiresAtMs: nowMs + 1, revokedAtMs: nowMs + 1 })).toBe("tokenKeyRevoked");
  });

  it("that this SEALING_KEY does not open verifies nothing", async () => {
    const key = await handKey("HS256", env);
    const sealingKey = encodeBase64url(new Uint8Array(32).fill(9));
    const token = await key.token(claims);
    const asked = { findKey: () => key.record, sealingKey };
    expect(await reasonOf(token, asked)).toBe("tokenKeySealed");
    expect(await reasonOf(token, { findKey: () => key.record })).toBe("accepted");
  });
});

describe("the claims", () => {
  const second = 1_000;
  const hour = 3_600;

  it.each([
    ["exp is now", { exp: nowSeconds }, "tokenExpired"],
    ["exp was", { exp: nowSeconds - 1 }, "tokenExpired"],
    ["exp is the epoch", { exp: 0 }, "tokenExpired"],
    ["exp comes", { exp: nowSeconds + 1 }, "accepted"],
    ["exp has a fraction", { exp: nowSeconds + 0.5 }, "accepted"],
    ["nbf is further off than clocks are apart", { nbf: nowSeconds + 31 }, "tokenNotYetValid"],
    ["nbf is not", { nbf: nowSeconds + 30 }, "accepted"],
    ["iat is further off than clocks are apart", { iat: nowSeconds + 31 }, "tokenNotYetValid"],
    ["iat is not", { iat: nowSeconds + 30 }, "accepted"],
    ["it is for longer than allowed", { exp: nowSeconds + 604_801 }, "tokenTooLong"],
    ["it is for as long as allowed", { exp: nowSeconds + 604_800 }, "accepted"],
    [
      "it is for longer, and says not from when",
      { iat: undefined, exp: nowSeconds + 604_801 },
      "tokenTooLong",
    ],
    ["it was made long ago", { iat: nowSeconds - 604_800, exp: nowSeconds + hour }, "tokenTooLong"],
    ["it is of another playback id", { sub: "BAAAAAAAAAAAAAAAAAAAAA" }, "tokenPlaybackId"],
    ["its case is another", { sub: playbackId.toLowerCase() }, "tokenPlaybackId"],
    ["it is for another use", { aud: "thumbnail" }, "tokenAudience"],
    ["it is for another service", { aud: "https://api.example" }, "tokenAudience"],
    ["it is for several others", { aud: ["thumbnail", "drm", "x"] }, "tokenAudience"],
    ["it is for several", { aud: ["x", "video", "drm"] }, "accepted"],
  ] as const)("%s", async (_, changed, reason) => {
    expect(await reasonOf(await keys.HS256.token({ ...claims, ...changed }))).toBe(reason);
  });

  it.each([
    ["sub", { sub: undefined }],
    ["sub", { sub: 7 }],
    ["sub", { sub: [playbackId] }],
    ["aud", { aud: undefined }],
    ["aud", { aud: [] }],
    ["aud", { aud: [["video"]] }],
    ["exp", { exp: undefined }],
    ["exp", { exp: null }],
    ["exp", { exp: String(nowSeconds + hour) }],
    ["exp", { exp: 1e20 }],
    ["exp", { exp: -1 }],
    ["exp", { exp: nowMs + hour * second }],
    ["exp", { exp: true }],
    ["nbf", { nbf: "0" }],
    ["iat", { iat: nowMs }],
    ["jti", { jti: 7 }],
    ["viewer", { viewer: "" }],
    ["viewer", { viewer: "v".repeat(129) }],
    ["limits.maxheight", { limits: { maxheight: 240 } }],
  ])("%s is refused by its name: %j", async (claim, changed) => {
    const token = await keys.HS256.token({ ...claims, ...changed });
    expect(await verify(token)).toEqual({ ok: false, reason: { reason: "tokenClaims", claim } });
  });

  it("of a number beyond all numbers is refused", async () => {
    const text = JSON.stringify(claims).replace(String(claims.exp), "1e999");
    const body = `${encodeJson({ alg: "HS256", kid: keys.HS256.kid })}.${encodeText(text)}`;
    expect(await reasonOf(`${body}.${await keys.HS256.sign(body)}`)).toBe("tokenClaims");
  });

  it("are looked at again each time: a token that was good expires", async () => {
    const token = await keys.HS256.token(claims);
    expect(await reasonOf(token)).toBe("accepted");
    expect(await reasonOf(token, { audience: "download" })).toBe("tokenAudience");
    expect(await reasonOf(token, { nowMs: nowMs + 3_600_000 })).toBe("tokenExpired");
  });
});
