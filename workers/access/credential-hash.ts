// Short names for what can be revoked. Sessions carry them and the log of revocations holds them, so that neither
// keeps a customer's own ids. Each kind hashes apart: a viewer "7" is not the token "7".

/** Of viewers, tokens, playback ids. Session ids are random bytes of this length and name themselves. */
export const credentialHashBytes = 8;

const encoder = new TextEncoder();

export function viewerHash(viewerId: string): Promise<Uint8Array> {
  return firstBytes(`viewer\0${viewerId}`);
}

/** Of a token's `jti`. */
export function tokenHash(tokenId: string): Promise<Uint8Array> {
  return firstBytes(`token\0${tokenId}`);
}

export function playbackIdHash(playbackId: string): Promise<Uint8Array> {
  return firstBytes(`playbackId\0${playbackId}`);
}

/** 32 bits, all that a session has room for. Never 0, which stands for "no key". */
export async function keyHash(kid: string): Promise<number> {
  const digest = await crypto.subtle.digest("SHA-256", encoder.encode(kid));
  return new DataView(digest).getUint32(0) || 1;
}

async function firstBytes(text: string): Promise<Uint8Array> {
  const digest = await crypto.subtle.digest("SHA-256", encoder.encode(text));
  return new Uint8Array(digest, 0, credentialHashBytes);
}
