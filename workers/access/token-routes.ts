import { createRoute } from "@hono/zod-openapi";
import { apiRoutes, problem, problems } from "#workers/http/api-routes.ts";
import { jsonBody } from "#workers/http/json-body.ts";
import { log } from "#workers/http/log.ts";
import { sitesOf } from "#workers/http/host.ts";
import { newId } from "#workers/ids.ts";
import { findPlaybackId } from "#workers/videos/store.ts";
import { limitFailedAuthentication } from "./rate-limit.ts";
import { rateLimited } from "./rate-limited.ts";
import {
  beginRefreshFamily,
  findRefreshToken,
  spendRefreshToken,
  type IssuedRefreshToken,
} from "./refresh-tokens.ts";
import { requireScope } from "./require-scope.ts";
import { findSigningKey } from "./signing-key-store.ts";
import {
  newPlaybackTokenSchema,
  playbackTokenSchema,
  refreshSchema,
  type PlaybackToken,
} from "./token-contract.ts";
import { canSign, grantsOf, mintingKey, signToken, timesOf, type Grants } from "./token-mint.ts";
import { viewerIpOf } from "./viewer-place.ts";

const tags = ["playbackTokens"];
const minted = {
  description: "The token.",
  content: { "application/json": { schema: playbackTokenSchema } },
};
const bodyProblems = ["invalidJson", "bodyTooLarge", "unsupportedMediaType", "unprocessable"] as const;

const create = createRoute({
  tags,
  middleware: [requireScope("tokens:write"), jsonBody],
  method: "post",
  path: "/v1/playback-tokens",
  operationId: "createPlaybackToken",
  summary: "Mint a playback token",
  description: "Tokens can also be signed without asking anybody, by a key of /v1/signing-keys.",
  request: { body: { required: true, content: { "application/json": { schema: newPlaybackTokenSchema } } } },
  responses: {
    201: minted,
    ...problems("unauthenticated", "forbidden", "notFound", "conflict", ...bodyProblems),
  },
});

const refresh = createRoute({
  tags,
  security: [],
  middleware: jsonBody,
  method: "post",
  path: "/v1/playback-tokens/refresh",
  operationId: "refreshPlaybackToken",
  summary: "Renew a playback token by its refresh token, without an API key",
  description:
    "Gives a token with the same grants and `tokenId`, and the next refresh token. The one that was sent is spent: " +
    "if it comes again, every refresh token of its family ends.",
  request: { body: { required: true, content: { "application/json": { schema: refreshSchema } } } },
  responses: { 201: minted, ...problems("refreshTokenInvalid", "conflict", "rateLimited", ...bodyProblems) },
});

export const tokenRoutes = apiRoutes()
  .openapi(create, async (c) => {
    const { env } = c;
    const nowMs = Date.now();
    const asked = c.req.valid("json");
    const times = timesOf(asked, env, nowMs);
    if (!times.ok) return problem(c, "unprocessable", { errors: [times.reason] });
    const { playbackId, viewerId = null, refreshExpiresInSeconds: refreshSeconds } = asked;
    if ((await findPlaybackId(env.DB, playbackId)) === null) {
      return problem(c, "notFound", { detail: "There is no such playback id." });
    }
    const key = await mintingKey(env, asked.signingKeyId, nowMs);
    if (key === null) {
      const fault = { pointer: "#/signingKeyId", detail: "This is not an active key of HS256." };
      return problem(c, "unprocessable", { errors: [fault] });
    }
    const tokenId = newId("playbackToken", nowMs);
    const grants = grantsOf(asked, tokenId);
    const { issuedAtMs, expiresAtMs } = times.value;
    const signed = await signToken(grants, times.value, key, env.SEALING_KEY);
    if (!signed.ok) {
      if (signed.reason.kind === "keySealed") return problem(c, "conflict", { detail: sealedDetail(key.id) });
      const { pointer, detail } = signed.reason;
      return problem(c, "unprocessable", { errors: [{ pointer, detail }] });
    }
    const tokenSeconds = (expiresAtMs - issuedAtMs) / 1_000;
    const family = {
      tokenId,
      playbackId,
      viewerId,
      signingKeyId: key.id,
      grants,
      tokenSeconds,
      refreshSeconds,
    };
    const issued = asked.refreshable ? await beginRefreshFamily(env.DB, family, nowMs) : null;
    return c.json(
      toPlaybackToken(signed.value, grants, expiresAtMs, issued, sitesOf(c.req.raw, env).playback),
      201,
    );
  })
  .openapi(refresh, async (c) => {
    const { env } = c;
    const nowMs = Date.now();
    const held = await findRefreshToken(env.DB, c.req.valid("json").refreshToken, nowMs);
    if (held === "unknown") {
      const counted = await limitFailedAuthentication(env, viewerIpOf(c.req.raw.headers));
      return counted.ok ? problem(c, "refreshTokenInvalid") : rateLimited(c, counted.reason);
    }
    if (held === "spent") {
      log("warn", "refreshToken.reused", { requestId: c.var.requestId });
      return problem(c, "refreshTokenInvalid");
    }
    const key = await findSigningKey(env.DB, held.signingKeyId);
    if (key === null || !canSign(key, nowMs)) return problem(c, "refreshTokenInvalid");
    const issuedAtMs = Math.floor(nowMs / 1_000) * 1_000;
    const expiresAtMs = issuedAtMs + held.tokenSeconds * 1_000;
    const signed = await signToken(held.grants, { issuedAtMs, expiresAtMs }, key, env.SEALING_KEY);
    if (!signed.ok) {
      if (signed.reason.kind === "keySealed") return problem(c, "conflict", { detail: sealedDetail(key.id) });
      throw new Error(`what was granted can't be signed any more: ${signed.reason.pointer}`);
    }
    // Only now: a token that could not be signed has cost nobody the refresh token.
    const issued = await spendRefreshToken(env.DB, held, nowMs);
    if (issued === null) {
      log("warn", "refreshToken.reused", { requestId: c.var.requestId, tokenId: held.tokenId });
      return problem(c, "refreshTokenInvalid");
    }
    const origin = sitesOf(c.req.raw, env).playback;
    return c.json(toPlaybackToken(signed.value, held.grants, expiresAtMs, issued, origin), 201);
  });

const sealedDetail = (keyId: string) =>
  `SEALING_KEY does not open the key ${keyId}: set the one that sealed it, or revoke the key.`;

function toPlaybackToken(
  token: string,
  { sub, aud, jti }: Grants,
  expiresAtMs: number,
  issued: IssuedRefreshToken | null,
  origin: string,
): PlaybackToken {
  const url = (audience: string, file: string) =>
    [aud].flat().includes(audience) ? `${origin}/p/${String(sub)}/${file}?token=${token}` : null;
  return {
    token,
    tokenId: String(jti),
    expiresAt: new Date(expiresAtMs).toISOString(),
    hlsUrl: url("video", "hls.m3u8"),
    dashUrl: url("video", "dash.mpd"),
    thumbnailUrl: url("thumbnail", "thumbnail.jpg"),
    refreshToken: issued?.refreshToken ?? null,
    refreshExpiresAt: issued === null ? null : new Date(issued.expiresAtMs).toISOString(),
  };
}
