// An account is brought over in short turns: pages of its list, then its videos, a few at a time. Each turn goes on from
// what the rows say, so one that was cut off is nothing but late.
import { unseal } from "#workers/access/sealing.ts";
import type { Env } from "#workers/env.ts";
import { logError } from "#workers/http/log.ts";
import { newImportSchema } from "#workers/imports/contract.ts";
import { createImport } from "#workers/imports/create-import.ts";
import { cloudflareStream } from "./cloudflare-stream.ts";
import { mux } from "./mux.ts";
import type { Provider, ProviderRefusal, ProviderVideo } from "./provider.ts";
import {
  adoptHere,
  dueAccountImports,
  end,
  noteEnds,
  notePage,
  putOff,
  setVideo,
  take,
  videosIn,
  type AccountImportRow,
  type Settings,
  type VideoRow,
} from "./store.ts";

/** Longer than any turn. */
const turnMs = 120_000;
const againMs = 10_000;
/** Files that are made there, or on their way here, at once. */
const mostAtOnce = 20;
const pagesATurn = 10;
const mostFailures = 12;
const longestBackOffMs = 3_600_000;
const atOnce = 5;

export async function sweepAccountImports(env: Env, nowMs: number): Promise<void> {
  for (const id of await dueAccountImports(env.DB, nowMs, atOnce)) await advance(env, id, nowMs);
}

export async function advance(env: Env, id: string, nowMs: number): Promise<void> {
  const row = await take(env.DB, id, nowMs, nowMs + turnMs);
  if (row === null) return;
  try {
    const provider = await providerOf(env, row);
    const refusal = await turn(env, row, provider, nowMs);
    if (refusal === null) await putOff(env.DB, id, 0, nowMs + againMs);
    else await refused(env, row, refusal, nowMs);
  } catch (error) {
    logError("accountImport.turnFailed", error, { accountImportId: id });
    await refused(env, row, { kind: "later", afterSeconds: null }, nowMs);
  }
}

/** Null: it goes on, or is over. */
async function turn(
  env: Env,
  row: AccountImportRow,
  provider: Provider,
  nowMs: number,
): Promise<ProviderRefusal | null> {
  // Own column only: what the API's contract let in.
  const settings = JSON.parse(row.settings) as Settings;
  let { state, cursor } = row;
  for (let page = 0; state === "listing"; page++) {
    if (page === pagesATurn) return null;
    const listed = await provider.list(cursor);
    if (!listed.ok) return listed.reason;
    const { videos, nextCursor } = listed.value;
    await notePage(env.DB, row.id, videos, nextCursor);
    cursor = nextCursor;
    if (nextCursor === null) state = "bringing";
  }
  if (settings.dryRun) {
    await end(env.DB, row.id, "completed", null, nowMs);
    return null;
  }
  return bring(env, row, provider, settings, nowMs);
}

async function bring(
  env: Env,
  row: AccountImportRow,
  provider: Provider,
  settings: Settings,
  nowMs: number,
): Promise<ProviderRefusal | null> {
  await noteEnds(env.DB, row.id);
  await adoptHere(env.DB, row.id, row.provider);
  const preparing = await videosIn(env.DB, row.id, ["preparing"], mostAtOnce);
  const importing = await videosIn(env.DB, row.id, ["importing"], mostAtOnce);
  const free = mostAtOnce - preparing.length - importing.length;
  for (const video of preparing) {
    const refusal = await bringOne(env, row, provider, settings, video, nowMs);
    if (refusal !== null) return refusal;
  }
  const next = free > 0 ? await videosIn(env.DB, row.id, ["waiting"], free) : [];
  for (const video of next) {
    const refusal = await bringOne(env, row, provider, settings, video, nowMs);
    if (refusal !== null) return refusal;
  }
  const left = await videosIn(env.DB, row.id, ["waiting", "preparing", "importing"], 1);
  if (left.length === 0) await end(env.DB, row.id, "completed", null, nowMs);
  return null;
}

async function bringOne(
  env: Env,
  row: AccountImportRow,
  provider: Provider,
  settings: Settings,
  video: VideoRow,
  nowMs: number,
): Promise<ProviderRefusal | null> {
  // Own column only: what a provider's answer was understood as.
  const about = JSON.parse(video.about) as ProviderVideo;
  const asked = await provider.file(about);
  if (!asked.ok) {
    const error_code = await faultOfThisVideo(provider, asked.reason);
    if (error_code === null) return asked.reason;
    await setVideo(env.DB, video, { state: "failed", error_code });
    return null;
  }
  const file = asked.value;
  switch (file.kind) {
    case "preparing":
      await setVideo(env.DB, video, { state: "preparing" });
      return null;
    case "unavailable":
      await setVideo(env.DB, video, { state: "failed", error_code: file.code });
      return null;
    case "ready":
      await beginImport(env, row, settings, video, about, file.url, nowMs);
      return null;
  }
}

/** What is refused of one video, while the account itself answers, ends that video and not the others. Null: it does. */
async function faultOfThisVideo(provider: Provider, refusal: ProviderRefusal): Promise<string | null> {
  if (refusal.kind === "later") return null;
  const isOfOne = refusal.code === "answerNotUnderstood" || (await provider.list(null)).ok;
  return isOfOne ? refusal.code : null;
}

async function beginImport(
  env: Env,
  row: AccountImportRow,
  settings: Settings,
  video: VideoRow,
  about: ProviderVideo,
  url: string,
  nowMs: number,
): Promise<void> {
  const wanted = newImportSchema.safeParse({
    url,
    title: about.title,
    ...(about.creator === null ? {} : { creator: about.creator }),
    playbackPolicy: about.isSigned ? "signed" : "public",
    metadata: metadataOf(row.provider, about),
    ...(settings.encoding === null ? {} : { encoding: settings.encoding }),
    ...(settings.priority === null ? {} : { priority: settings.priority }),
  });
  const made = wanted.success ? await createImport(env, wanted.data, nowMs) : null;
  if (made?.ok !== true) {
    const error_code = made === null ? "notUnderstood" : made.reason.code;
    await setVideo(env.DB, video, { state: "failed", error_code });
    return;
  }
  const found = await env.DB.prepare("SELECT video_id FROM imports WHERE id = ?")
    .bind(made.value)
    .first<{ video_id: string }>();
  await setVideo(env.DB, video, {
    ...{ state: "importing", import_id: made.value, video_id: found?.video_id ?? null },
  });
}

/** What the owner said there, and where it is from. */
function metadataOf(provider: string, { id, createdAt, metadata }: ProviderVideo): Record<string, string> {
  return {
    ...metadata,
    ...{ importedFrom: provider, importedId: id },
    ...(createdAt === null ? {} : { importedCreatedAt: createdAt }),
  };
}

async function refused(
  env: Env,
  { id, failures }: AccountImportRow,
  refusal: ProviderRefusal,
  nowMs: number,
): Promise<void> {
  if (refusal.kind === "refused") {
    await end(env.DB, id, "failed", refusal.code, nowMs);
    return;
  }
  if (failures >= mostFailures) {
    await end(env.DB, id, "failed", "notReached", nowMs);
    return;
  }
  const backOffMs = Math.min(longestBackOffMs, againMs * 2 ** failures);
  const askedMs = Math.min(longestBackOffMs, (refusal.afterSeconds ?? 0) * 1_000);
  await putOff(env.DB, id, failures + 1, nowMs + Math.max(backOffMs, askedMs));
}

async function providerOf(
  env: Env,
  { id, provider, account, sealed_secret }: AccountImportRow,
): Promise<Provider> {
  if (sealed_secret === null) throw new Error("an account import that goes on has its secret");
  const opened = await unseal(env.SEALING_KEY, sealName(id), sealed_secret);
  if (opened === null) throw new Error("the sealed credential does not open: SEALING_KEY is another one");
  const secret = new TextDecoder().decode(opened);
  switch (provider) {
    case "cloudflareStream":
      return cloudflareStream(env, { accountId: account, apiToken: secret });
    case "mux":
      return mux(env, { tokenId: account, tokenSecret: secret });
  }
}

export const sealName = (id: string): string => `account-import ${id}`;
