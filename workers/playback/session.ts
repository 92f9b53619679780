// A playback session: what one viewer may read until when, signed, in the path of every URL after the
// manifest. Minting and checking touch nothing but a key in memory. Never log the text: it is a credential;
// `sessionName` is what logs print.
//
//   offset  bytes
//        0      1  layout (2)
//        1      2  tag of the signing key's id
//        3      4  issued, seconds
//        7      4  hard expiry, seconds
//       11      8  session id, random
//       19      8  hash of the viewer id, zero for an anonymous viewer
//       27      8  hash of the token that was presented, zero without one
//       35      4  track mask: bit i allows track i of a ladder, bit 24 + i track i of the uploaded file
//       39      6  4 bits: which of the video's files it is of, of the last 16; then the slice: first fragment in 20
//                  bits, end fragment (exclusive) in 24, all ones is "to the end"
//       45      5  binding: kind, 4 bytes of hash of what the session is bound to
//       50      4  start of the hash of the key that signed the token, zero without one
//       54      1  streams that the viewer may have at once, zero for no limit
//       55      1  flags: bit 0, at the limit the newest stream is refused, else the oldest is ended;
//                  bits 1-3, age of the credential at the minting in seconds, 7 for longer or not known;
//                  bits 4-7, version of the playback id's terms that it was minted by, of the last 16
//       56     16  HMAC-SHA256 over bytes 0-55 and the playback id, cut to 16 bytes
//
// 72 bytes are 96 characters of base64url with no spare bit, so a session has exactly one spelling.
import { ok, refuse, type Result } from "#workers/result.ts";
import type { StreamLimit } from "#workers/access/policy.ts";
import { decodeBase64url, encodeBase64url } from "#workers/base64url.ts";
import type { SessionKey, SessionKeys } from "./session-keys.ts";

const layout = 2;
const claimsBytes = 56;
const macBytes = 16;
export const sessionCharacters = ((claimsBytes + macBytes) / 3) * 4;

const idOffset = 11;
const hashBytes = 8;
const refusesNewest = 1;
const ageShift = 1;
/** The greatest age that is told. */
export const oldCredentialSeconds = 7;
const termsShift = 4;
const termsVersions = 16;
const wholeSlice = 0xffffff;
const fileShift = 20;
const fileNumbers = 16;
/** Of one version; of an uploaded file there are eight. */
export const maxTracks = 24;
export const allTracks = 0xffffffff;

export interface Slice {
  readonly fromFragment: number;
  /** Exclusive; null is "to the end". */
  readonly toFragment: number | null;
}

export interface SessionBinding {
  /** 0: not bound. */
  readonly kind: number;
  readonly hash: number;
}

export interface SessionClaims {
  readonly issuedAtMs: number;
  /**
   * How old the token was then, or the session that this one renews; 7 for longer, or not known. A location that
   * has not heard of a revocation yet mints sessions of credentials from before it, and they must not outlive it.
   */
  readonly credentialAgeSeconds: number;
  readonly expiresAtMs: number;
  /** 8 random bytes; `sessionName` is how logs print it. */
  readonly id: Uint8Array;
  readonly viewerHash: Uint8Array;
  readonly tokenHash: Uint8Array;
  readonly trackMask: number;
  /** The number of the video's file that the mask and the slice are of, modulo 16. */
  readonly fileNumber: number;
  readonly slice: Slice;
  readonly binding: SessionBinding;
  readonly keyHash: number;
  readonly streamLimit: StreamLimit | null;
  /** Counts how often the playback id's terms have become narrower, modulo 16. */
  readonly termsVersion: number;
}

export type SessionRefusal = "sessionMalformed" | "sessionKeyUnknown" | "sessionForged" | "sessionExpired";

const anonymous = new Uint8Array(hashBytes);
export const wholeTimeline: Slice = { fromFragment: 0, toFragment: null };
export const unbound: SessionBinding = { kind: 0, hash: 0 };

const hourMs = 3_600_000;
/** No session lives longer, however long the film. */
export const longestSessionMs = 24 * hourMs;

/** A paused film resumes: what ends access is revocation, not expiry. */
export function sessionExpiresAtMs(nowMs: number, durationSeconds: number): number {
  return nowMs + Math.min(Math.max(4 * hourMs, 2 * durationSeconds * 1000), longestSessionMs);
}

/** Claims of a viewer who presented nothing, allowed every track in `trackMask`. */
export function anonymousClaims(nowMs: number, durationSeconds: number, trackMask: number): SessionClaims {
  return {
    issuedAtMs: nowMs,
    credentialAgeSeconds: oldCredentialSeconds,
    expiresAtMs: sessionExpiresAtMs(nowMs, durationSeconds),
    id: crypto.getRandomValues(new Uint8Array(hashBytes)),
    viewerHash: anonymous,
    tokenHash: anonymous,
    trackMask,
    fileNumber: 0,
    slice: wholeTimeline,
    binding: unbound,
    keyHash: 0,
    streamLimit: null,
    termsVersion: 0,
  };
}

/**
 * The same right for longer, once half of its time is over; null before. Whatever can cut the former off cuts this off:
 * its id, viewer, token, key and terms stay, and of its credential's age only that it is old.
 */
export function renewedClaims(claims: SessionClaims, nowMs: number, latestMs: number): SessionClaims | null {
  const { issuedAtMs, expiresAtMs } = claims;
  if (nowMs - issuedAtMs < (expiresAtMs - issuedAtMs) / 2 || latestMs <= expiresAtMs) return null;
  return {
    ...claims,
    issuedAtMs: nowMs,
    expiresAtMs: latestMs,
    credentialAgeSeconds: oldCredentialSeconds,
  };
}

/** What a session minted now by a credential of that time carries; null: the credential doesn't tell. */
export function credentialAgeSeconds(nowMs: number, credentialIssuedAtMs: number | null): number {
  if (credentialIssuedAtMs === null) return oldCredentialSeconds;
  const seconds = Math.floor(nowMs / 1000) - Math.floor(credentialIssuedAtMs / 1000);
  return Math.min(Math.max(seconds, 0), oldCredentialSeconds);
}

/**
 * False when less may be watched now than by the terms that the session was minted by: a location can go on minting by
 * the former ones for as long as it remembers them.
 */
export function hasCurrentTerms(session: SessionClaims, termsVersion: number): boolean {
  return session.termsVersion === termsVersion % termsVersions;
}

/** Whether its tracks and its slice are those of this file. */
export function isOfFile(session: SessionClaims, fileNumber: number): boolean {
  return session.fileNumber === fileNumber % fileNumbers;
}

/** What a log may print of a session. */
export function sessionName(claims: SessionClaims): string {
  return encodeBase64url(claims.id);
}

/** The id in a session's text, whoever signed it. Null for what is no session. */
export function readSessionId(text: string): Uint8Array | null {
  const bytes = text.length === sessionCharacters ? decodeBase64url(text) : null;
  return bytes?.[0] === layout ? bytes.subarray(idOffset, idOffset + hashBytes) : null;
}

/** Signs with the first key. */
export async function mintSession(
  claims: SessionClaims,
  playbackId: string,
  keys: SessionKeys,
): Promise<string> {
  const bytes = new Uint8Array(claimsBytes + macBytes);
  writeClaims(bytes, claims, keys.minting);
  bytes.set(await mac(keys.minting, bytes, playbackId), claimsBytes);
  return encodeBase64url(bytes);
}

export async function verifySession(
  text: string,
  playbackId: string,
  keys: SessionKeys,
  nowMs: number,
): Promise<Result<SessionClaims, SessionRefusal>> {
  if (text.length !== sessionCharacters) return refuse("sessionMalformed");
  const bytes = decodeBase64url(text);
  if (bytes === null || bytes[0] !== layout) return refuse("sessionMalformed");
  const view = new DataView(bytes.buffer);
  const key = keys.byTag(view.getUint16(1));
  if (key === null) return refuse("sessionKeyUnknown");
  if (!equalInConstantTime(await mac(key, bytes, playbackId), bytes.subarray(claimsBytes))) {
    return refuse("sessionForged");
  }
  const claims = readClaims(bytes, view);
  return nowMs < claims.expiresAtMs ? ok(claims) : refuse("sessionExpired");
}

function writeClaims(bytes: Uint8Array<ArrayBuffer>, claims: SessionClaims, key: SessionKey): void {
  const view = new DataView(bytes.buffer);
  bytes[0] = layout;
  view.setUint16(1, key.tag);
  view.setUint32(3, Math.floor(claims.issuedAtMs / 1000));
  view.setUint32(7, Math.floor(claims.expiresAtMs / 1000));
  bytes.set(claims.id, idOffset);
  bytes.set(claims.viewerHash, 19);
  bytes.set(claims.tokenHash, 27);
  view.setUint32(35, claims.trackMask);
  const { fromFragment } = claims.slice;
  if (fromFragment >= 1 << fileShift) throw new RangeError("a slice begins within 20 bits");
  writeUint24(bytes, 39, ((claims.fileNumber % fileNumbers) << fileShift) | fromFragment);
  writeUint24(bytes, 42, claims.slice.toFragment ?? wholeSlice);
  bytes[45] = claims.binding.kind;
  view.setUint32(46, claims.binding.hash);
  view.setUint32(50, claims.keyHash);
  bytes[54] = Math.min(claims.streamLimit?.maxStreams ?? 0, 255);
  const flags = claims.streamLimit?.action === "refuseNewest" ? refusesNewest : 0;
  const age = Math.min(claims.credentialAgeSeconds, oldCredentialSeconds);
  bytes[55] = flags | (age << ageShift) | ((claims.termsVersion % termsVersions) << termsShift);
}

function readClaims(bytes: Uint8Array, view: DataView): SessionClaims {
  const start = readUint24(view, 39);
  const toFragment = readUint24(view, 42);
  const maxStreams = view.getUint8(54);
  const action = (view.getUint8(55) & refusesNewest) === 0 ? "evictOldest" : "refuseNewest";
  return {
    issuedAtMs: view.getUint32(3) * 1000,
    credentialAgeSeconds: (view.getUint8(55) >> ageShift) & oldCredentialSeconds,
    expiresAtMs: view.getUint32(7) * 1000,
    id: bytes.subarray(idOffset, idOffset + hashBytes),
    viewerHash: bytes.subarray(19, 27),
    tokenHash: bytes.subarray(27, 35),
    trackMask: view.getUint32(35),
    fileNumber: start >> fileShift,
    slice: {
      fromFragment: start & ((1 << fileShift) - 1),
      toFragment: toFragment === wholeSlice ? null : toFragment,
    },
    binding: { kind: view.getUint8(45), hash: view.getUint32(46) },
    keyHash: view.getUint32(50),
    streamLimit: maxStreams === 0 ? null : { maxStreams, action },
    termsVersion: view.getUint8(55) >> termsShift,
  };
}

function writeUint24(bytes: Uint8Array, offset: number, value: number): void {
  if (value < 0 || value > wholeSlice) throw new RangeError("a fragment number of a session has 24 bits");
  bytes[offset] = value >>> 16;
  bytes[offset + 1] = value >>> 8;
  bytes[offset + 2] = value;
}

function readUint24(view: DataView, offset: number): number {
  return (view.getUint8(offset) << 16) | view.getUint16(offset + 1);
}

/** The claims have a fixed length, so what follows them in the message can only be the playback id. */
async function mac(key: SessionKey, bytes: Uint8Array, playbackId: string): Promise<Uint8Array> {
  const message = new Uint8Array(claimsBytes + playbackId.length);
  message.set(bytes.subarray(0, claimsBytes));
  // A playback id is base64url: one byte a character.
  for (let i = 0; i < playbackId.length; i++) message[claimsBytes + i] = playbackId.charCodeAt(i);
  const full = await crypto.subtle.sign("HMAC", key.key, message);
  return new Uint8Array(full, 0, macBytes);
}

/** Looks at every byte whatever the first ones are, so that time tells nothing about a guess. */
function equalInConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}
