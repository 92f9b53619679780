// The header of a token: what says which key is to verify it, read before anything of it can be believed.
import { isId } from "#workers/ids.ts";
import { isSigningAlgorithm, type SigningAlgorithm } from "./signing-key.ts";
import { readTokenJson } from "./token-json.ts";
import { ok, refuse, type Result } from "#workers/result.ts";

export interface TokenHeader {
  readonly alg: SigningAlgorithm;
  /** Of the shape of our ids: it may be looked up. */
  readonly kid: string;
}

export type HeaderRefusal = "tokenMalformed" | "tokenAlgorithm" | "tokenKeyUnknown";

/**
 * Members that would let a token choose its own key (RFC 8725 3.10), and extensions that change what is signed:
 * "If any of the listed extension Header Parameters are not understood and supported by the recipient, then the
 * JWS is invalid" (RFC 7515 4.1.11). None is supported here.
 */
const refusedMembers = ["jwk", "jku", "x5u", "x5c", "crit", "b64"] as const;

export function readTokenHeader(encoded: string): Result<TokenHeader, HeaderRefusal> {
  const header = readTokenJson(encoded);
  if (header === null) return refuse("tokenMalformed");
  for (const name of refusedMembers) if (Object.hasOwn(header, name)) return refuse("tokenMalformed");
  const { alg, kid, typ } = header;
  // A token of another kind is none of playback, whoever signed it (RFC 8725 3.11).
  if (typ !== undefined && (typeof typ !== "string" || typ.toUpperCase() !== "JWT"))
    return refuse("tokenMalformed");
  if (!isSigningAlgorithm(alg)) return refuse("tokenAlgorithm");
  if (typeof kid !== "string" || !isId("signingKey", kid)) return refuse("tokenKeyUnknown");
  return ok({ alg, kid });
}
