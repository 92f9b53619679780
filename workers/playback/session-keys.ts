// SESSION_KEYS: one or two signing keys, "id:base64url,id:base64url". The first one mints, both verify, so
// that a new key can be put first while sessions of the old one live on.
import { decodeBase64url } from "#workers/base64url.ts";

/** CryptoKey, which Node knows as a value only. */
type HmacKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

export interface SessionKey {
  /** Names the key inside a session. */
  readonly tag: number;
  readonly key: HmacKey;
}

export interface SessionKeys {
  readonly minting: SessionKey;
  byTag(tag: number): SessionKey | null;
}

const minSecretBytes = 32;

/** The keys of this isolate, imported once for each value that the setting has had. */
export class SessionKeyring {
  #setting = "";
  #keys: SessionKeys | null = null;

  /** The keys without waiting, if this isolate has them. */
  peek(setting: string): SessionKeys | undefined {
    return this.#keys !== null && setting === this.#setting ? this.#keys : undefined;
  }

  async of(setting: string): Promise<SessionKeys> {
    const keys = await importSessionKeys(setting);
    this.#setting = setting;
    this.#keys = keys;
    return keys;
  }
}

/** Throws on a setting that can't be used: a Worker with a bad key must not sign with a worse one. */
export async function importSessionKeys(setting: string): Promise<SessionKeys> {
  const [minting, other, ...more] = await Promise.all(setting.split(",").map(importKey));
  if (minting === undefined || more.length > 0) throw new Error("SESSION_KEYS holds one or two keys");
  if (other !== undefined && other.tag === minting.tag) {
    throw new Error("SESSION_KEYS: these two ids can't be told apart, rename one");
  }
  return {
    minting,
    byTag: (tag) => (tag === minting.tag ? minting : other !== undefined && tag === other.tag ? other : null),
  };
}

async function importKey(entry: string): Promise<SessionKey> {
  const colon = entry.indexOf(":");
  const id = entry.slice(0, colon).trim();
  const secret = decodeBase64url(entry.slice(colon + 1).trim());
  if (colon < 0 || id === "" || secret === null || secret.length < minSecretBytes) {
    // Never the entry itself: it may hold the secret.
    throw new Error(`SESSION_KEYS: a key is "id:base64url" of at least ${minSecretBytes} bytes`);
  }
  const key = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, [
    "sign",
  ]);
  return { tag: tagOf(id), key };
}

/** FNV-1a folded to 16 bits: a name for the key, not a secret. */
function tagOf(id: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(id)) hash = Math.imul(hash ^ byte, 0x01000193);
  return ((hash >>> 16) ^ hash) & 0xffff;
}
