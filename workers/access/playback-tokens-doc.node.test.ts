// docs/playback-tokens.md is a contract with people who sign without us: its examples must make good tokens.
import { spawnSync } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { audiences, readClaims } from "./playback-claims.ts";
import { seal } from "./sealing.ts";
import type { PublicJwk, SigningKeyRecord } from "./signing-key.ts";
import { modifierNames } from "./limits.ts";
import { verifyPlaybackToken } from "./verify-token.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/playback-tokens.md"), "utf8");
const env = { SEALING_KEY: randomBytes(32).toString("base64url"), MAX_TOKEN_SECONDS: "604800" };
const kid = "sig_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4";
const playbackId = "Wn3xZ1q0T2uLr9m5cVb7Kg";

/** The code below a line such as `Node:`. */
function example(title: string, language: string): string {
  const code = page.split(`\n${title}:\n\n\`\`\`${language}\n`)[1]?.split("\n```")[0];
  if (code === undefined) throw new Error(`docs/playback-tokens.md has no example "${title}"`);
  return code;
}

async function runNode(title: string, ...args: string[]): Promise<string> {
  const code = `${example(title, "js")}\nexport { playbackToken };`;
  const module = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as {
    playbackToken(...args: string[]): string;
  };
  return module.playbackToken(...args);
}

async function outcome(token: string, record: SigningKeyRecord): Promise<string> {
  const deps = { findKey: () => record, env, nowMs: Date.now() };
  const verified = await verifyPlaybackToken(token, playbackId, "video", deps);
  return verified.ok ? "accepted" : JSON.stringify(verified.reason);
}

const state = { kid, retiresAtMs: null, revokedAtMs: null };

async function sharedSecret(): Promise<{ readonly secret: string; readonly record: SigningKeyRecord }> {
  const bytes = randomBytes(32);
  const sealedSecret = await seal(env.SEALING_KEY, kid, new Uint8Array(bytes));
  return { secret: bytes.toString("base64url"), record: { ...state, alg: "HS256", sealedSecret } };
}

describe("the examples make tokens that verify", () => {
  it("Node, with a secret", async () => {
    const { secret, record } = await sharedSecret();
    expect(await outcome(await runNode("Node", kid, secret, playbackId), record)).toBe("accepted");
  });

  it.each([
    ["RS256", () => generateKeyPairSync("rsa", { modulusLength: 2048 })],
    ["ES256", () => generateKeyPairSync("ec", { namedCurve: "P-256" })],
    ["EdDSA", () => generateKeyPairSync("ed25519")],
  ] as const)("Node, with a private key of %s", async (alg, generate) => {
    const { publicKey, privateKey } = generate();
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const publicJwk = publicKey.export({ format: "jwk" }) as unknown as PublicJwk;
    const token = await runNode("Node, with a private key", kid, alg, pem, playbackId);
    expect(await outcome(token, { ...state, alg, publicJwk })).toBe("accepted");
  });

  const hasPython = spawnSync("python3", ["--version"]).status === 0;
  it.skipIf(!hasPython)("Python", async () => {
    const { secret, record } = await sharedSecret();
    const code = `${example("Python", "python")}\nimport sys\nprint(playback_token(*sys.argv[1:]))`;
    const ran = spawnSync("python3", ["-c", code, kid, secret, playbackId], { encoding: "utf8" });
    expect([ran.stderr, ran.status]).toEqual(["", 0]);
    expect(await outcome(ran.stdout.trim(), record)).toBe("accepted");
  });
});

describe("the tables", () => {
  const claim = (name: string) => expect(page).toMatch(new RegExp(`^\\| (?:\`\\w+\`, )?\`${name}\``, "m"));

  it("have every claim", () => {
    const names = [
      "sub",
      "aud",
      "exp",
      "nbf",
      "iat",
      "jti",
      "viewer",
      "limits",
      "rules",
      "origins",
      "allowNoOrigin",
    ];
    for (const name of [...names, "ip", "streams", ...modifierNames]) claim(name);
    for (const audience of audiences) expect(page).toContain(`\`${audience}\``);
  });

  it("have every reason that a token is refused for", () => {
    const source = ["verify-token.ts", "token-header.ts"]
      .map((name) => readFileSync(join(import.meta.dirname, name), "utf8"))
      .join("\n");
    const reasons = new Set([...source.matchAll(/"(token[A-Z]\w+)"/g)].map(([, reason]) => reason));
    expect(reasons.size).toBeGreaterThan(12);
    const told = [...page.matchAll(/^\| `(token\w+)` \|/gm)].map(([, reason]) => reason);
    expect(new Set(told)).toEqual(reasons);
  });

  it("show rules that are read", () => {
    const rules: unknown = JSON.parse(/`(\[\{"action".+\])`/.exec(page)?.[1] ?? "");
    const exp = Math.floor(Date.now() / 1_000) + 60;
    const read = readClaims({ sub: playbackId, aud: "video", exp, rules });
    expect(read.ok && read.value.restrictions.rules).toEqual(rules);
  });
});
