import { encodeTime, ulid } from "ulid";
import { encodeBase64url } from "./base64url.ts";

const prefixes = {
  video: "vid_",
  upload: "upl_",
  import: "imp_",
  accountImport: "aim_",
  apiKey: "key_",
  task: "tsk_",
  message: "msg_",
  signingKey: "sig_",
  playbackToken: "tok_",
  encodingProfile: "enc_",
  runnerToken: "rtk_",
  event: "evt_",
  auditEntry: "aud_",
  webhook: "hook_",
  webhookDelivery: "dlv_",
} as const;

export type IdKind = keyof typeof prefixes;

/** `vid_` + ULID: sorts by time, so paging by id walks an index. Never used where guessing must fail. */
export function newId(kind: IdKind, nowMs: number): string {
  return prefixes[kind] + ulid(nowMs);
}

/** No id of a later time sorts before it. */
export function firstIdAt(kind: IdKind, atMs: number): string {
  return prefixes[kind] + encodeTime(Math.max(0, atMs));
}

export function isId(kind: IdKind, text: string): boolean {
  const prefix = prefixes[kind];
  return text.startsWith(prefix) && /^[0-9A-HJKMNP-TV-Z]{26}$/.test(text.slice(prefix.length));
}

/** 22 characters of base64url, 128 random bits: playback ids, upload secrets, API key secrets. */
export function randomToken(bytes = 16): string {
  return encodeBase64url(crypto.getRandomValues(new Uint8Array(bytes)));
}
