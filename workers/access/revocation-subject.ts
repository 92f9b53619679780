// Whom a revocation means, from what an operator has in hand: an id, or the whole URL or token that a viewer sent.
import { decodeBase64url } from "#workers/base64url.ts";
import { readSessionId, sessionCharacters } from "#workers/playback/session.ts";
import { credentialHashBytes, keyHash, playbackIdHash, tokenHash, viewerHash } from "./credential-hash.ts";
import type { RefreshSubject } from "./refresh-tokens.ts";
import { signingKeySubject } from "./revocation-log.ts";
import { readTokenJson } from "./token-json.ts";

export const revocableKinds = ["viewer", "session", "token", "playbackId", "signingKey"] as const;
export type RevocableKind = (typeof revocableKinds)[number];

export interface Subject {
  readonly hash: Uint8Array;
  /** What could make new tokens of the same right. */
  readonly refreshable: RefreshSubject | null;
  /** Nothing of this name is ever issued again, so all of it is meant, whenever it was. */
  readonly once: boolean;
}

/** Null: this can't be the name of such a thing. */
export async function subjectOf(kind: RevocableKind, id: string): Promise<Subject | null> {
  switch (kind) {
    case "viewer":
      return { hash: await viewerHash(id), refreshable: { viewerId: id }, once: false };
    case "session": {
      const hash = sessionIn(id);
      return hash === null ? null : { hash, refreshable: null, once: true };
    }
    case "token": {
      const tokenId = tokenIdIn(id);
      return { hash: await tokenHash(tokenId), refreshable: { tokenId }, once: true };
    }
    case "playbackId":
      return { hash: await playbackIdHash(id), refreshable: { playbackId: id }, once: false };
    case "signingKey":
      return {
        hash: signingKeySubject(await keyHash(id)),
        refreshable: { signingKeyId: id },
        once: false,
      };
  }
}

/** The name that logs print, a session's text, or a URL that it stands in. */
function sessionIn(text: string): Uint8Array | null {
  const name = decodeBase64url(text);
  if (name?.length === credentialHashBytes) return name;
  const [, inUrl] = new RegExp(`/s/([A-Za-z0-9_-]{${sessionCharacters}})(?:/|$)`).exec(text) ?? [];
  return readSessionId(inUrl ?? text);
}

/** The `jti`, or a whole token: its `jti`, or its signed part when it has none, as verify-token.ts names it. */
function tokenIdIn(text: string): string {
  const [header, payload, signature, ...more] = text.split(".");
  if (header === undefined || payload === undefined || signature === undefined || more.length > 0)
    return text;
  if (typeof readTokenJson(header)?.["alg"] !== "string") return text;
  const claims = readTokenJson(payload);
  if (claims === null) return text;
  return typeof claims["jti"] === "string" ? claims["jti"] : `${header}.${payload}`;
}
