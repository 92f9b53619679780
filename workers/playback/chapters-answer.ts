// Chapters as players read them: WebVTT of one language, or Apple's JSON of all.
import { appleChapters, printChapters, type ChapterList } from "#workers/chapters/chapter-list.ts";
import { chaptersOf } from "#workers/chapters/read-chapters.ts";
import { languageTag } from "#workers/packaging/languages.ts";
import { ok } from "#workers/result.ts";
import { no, type Answer } from "./call.ts";
import { isInRange } from "./choose-languages.ts";
import { canonicalKey } from "./edge-cache.ts";
import type { RecordCall } from "./grant.ts";
import { printForMany } from "./printed.ts";
import { valuesOf } from "./query.ts";
import { readThroughEdge } from "./small-objects.ts";
import { respondText, textHeaders } from "./text-answer.ts";

export async function answerChapters(call: RecordCall, format: "json" | "webvtt"): Promise<Answer> {
  const { record, request, query } = call;
  if (record.chaptersAtMs === null) return no("chaptersUnknown");
  const lists = await readLists(call, record.chaptersAtMs);
  const durationSeconds = record.durationSeconds ?? Infinity;
  const list = format === "json" ? lists[0] : pick(lists, valuesOf(query, "language")[0]);
  if (list === undefined || (durationSeconds === Infinity && format === "webvtt"))
    return no("chaptersUnknown");
  const text = printForMany(
    format === "json"
      ? JSON.stringify(appleChapters(lists, durationSeconds))
      : printChapters(list, durationSeconds),
  );
  const type = format === "json" ? "application/json" : "text/vtt; charset=utf-8";
  return ok(
    respondText(request, {
      text,
      headers: textHeaders(type, "private, max-age=60", text.etag),
      tier: "isolate",
    }),
  );
}

function pick(lists: readonly ChapterList[], language: string | undefined): ChapterList | undefined {
  if (language === undefined) return lists[0];
  const range = languageTag(language);
  return lists.find((list) => isInRange(languageTag(list.language), range));
}

async function readLists({ env, ctx, record }: RecordCall, atMs: number): Promise<readonly ChapterList[]> {
  const { videoId, clip } = record;
  const key = canonicalKey({ videoId, version: 0, generation: 0, rest: `chapters/${atMs}` });
  const read = await readThroughEdge({ key, contentType: "application/json" }, ctx, async () => {
    const lists = await chaptersOf(env.DB, videoId, clip);
    return new Uint8Array(new TextEncoder().encode(JSON.stringify(lists))).buffer;
  });
  return read === null ? [] : (JSON.parse(new TextDecoder().decode(read.bytes)) as readonly ChapterList[]);
}
