// A short name of a secret, by which two holders find out that they hold the same one. Also runs in Node: backups say
// by it which SEALING_KEY they need.
import { sha256Hex } from "./sha256.ts";

/** Of 32 random bytes 64 bits of a hash tell nothing. */
const shownDigits = 16;

export async function secretFingerprint(name: string, secret: string): Promise<string> {
  const digest = await sha256Hex(`sluice fingerprint 1 ${name} ${secret}`);
  return digest.slice(0, shownDigits);
}
