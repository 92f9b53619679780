// What to read of an uploaded file for one of its fragments, by what was stored of it when it was looked at.
import { planPageFragment } from "#workers/packaging/source/page-fragment.ts";
import type { FragmentPlan } from "#workers/packaging/source/source.ts";
import { planSpanFragment } from "#workers/packaging/source/span-fragment.ts";
import { sourceLayoutKey } from "#workers/storage/keys.ts";
import { readObject } from "#workers/storage/objects.ts";
import { ByteLru } from "./byte-lru.ts";
import { canonicalKey } from "./edge-cache.ts";
import type { MakerCall } from "./fragment-maker.ts";
import type { MadeBytes } from "./segment-source.ts";
import { readThroughEdge } from "./small-objects.ts";

/** A page is a minute of samples: tens of kilobytes. */
const pagesBytes = 4 * 1024 * 1024;

export class PlanReader {
  readonly #pages = new ByteLru<Uint8Array>(pagesBytes);

  /** Null: what the file is taken apart by is gone. */
  async plan(source: MadeBytes, call: MakerCall): Promise<FragmentPlan | null> {
    const { location } = source;
    const part = location.kind === "page" ? `${location.pageOffsetBytes}-${location.pageSizeBytes}` : "whole";
    const bytes = await this.#read(source, part, call);
    if (bytes === null) return null;
    const planned =
      location.kind === "page"
        ? planPageFragment(bytes, source.indexInRun, source.track)
        : planSpanFragment(bytes, { number: source.number, span: source.span });
    if (!planned.ok) throw new Error(`layout of ${source.videoId}/${source.version}: ${planned.reason.kind}`);
    return planned.value;
  }

  async #read(source: MadeBytes, part: string, { env, ctx }: MakerCall): Promise<Uint8Array | null> {
    const { videoId, version, generation, location } = source;
    const key = canonicalKey({ videoId, version, generation, rest: `layout/${part}` });
    const known = this.#pages.get(key);
    if (known !== undefined) return known;
    const objectKey = sourceLayoutKey(videoId, version);
    const read = await readThroughEdge({ key, contentType: "application/octet-stream" }, ctx, async () => {
      if (location.kind === "span") return readObject(env.MEDIA, objectKey);
      const { pageOffsetBytes: offset, pageSizeBytes: length } = location;
      const page = await env.MEDIA.get(objectKey, { range: { offset, length } });
      return page === null ? null : page.arrayBuffer();
    });
    if (read === null) return null;
    this.#pages.set(key, read.bytes, read.bytes.length + 200);
    return read.bytes;
  }
}
