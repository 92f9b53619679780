// A library of a hundred thousand videos, listed page by page and filtered, beside one of a thousand: whoever owns many
// waits no longer for a page.
import type { Stack } from "../scripts/stack/stack.ts";
import { withBenchStack } from "./bench-stack.ts";
import { judge, median, type Claim } from "./claim.ts";

const pageSize = 20;
/** Each finds as many in both libraries; the word is in every title. */
const filters = {
  all: "",
  creator: "creator=u_7",
  state: "state=ready",
  tag: "tag=tag-7",
  metadata: "metadata=course:c7",
  "rare word": "search=rare7",
  "common word": "search=film",
  "two words": "search=film%20rare7",
  "time and creator": "createdAfter=2020-01-01T00:00:00Z&creator=u_7",
} as const;

export const library: Claim = {
  name: "library",
  run: ({ quick, rounds }) =>
    withBenchStack(async (large) =>
      withBenchStack(async (small) => {
        const count = quick ? 20_000 : 100_000;
        await fill(large, count);
        await fill(small, 1_000);
        const [pages, baselines]: [number[], number[]] = [[], []];
        const walked = await walk(large, count);
        const worst = new Map<string, number[]>(Object.keys(filters).map((name) => [name, []]));
        const [values, ofSmall]: [number[], number[]] = [[], []];
        for (let round = 0; round < rounds; round++) {
          pages.push(median(walked.last.slice(round * 5, round * 5 + 5)));
          baselines.push(median(walked.first.slice(round * 5, round * 5 + 5)));
          let [slowest, beside, ratio] = [0, 0, 0];
          for (const [name, query] of Object.entries(filters)) {
            const [mine, other] = [await timed(large, query), await timed(small, query)];
            worst.get(name)?.push(mine / other);
            if (mine / other > ratio) [slowest, beside, ratio] = [mine, other, mine / other];
          }
          values.push(slowest);
          ofSmall.push(beside);
        }
        const each = [...worst].map(([name, ratios]) => `${name} ${median(ratios).toFixed(2)}`).join(", ");
        return [
          judge({
            name: "library-pages",
            unit: "ms",
            values: pages,
            baselines,
            aim: { of: "ratio", is: "<=", bound: 1.5 },
            note: `the last pages of ${count} videos beside the first, ${pageSize} a page, all walked by cursor (${walked.seen} seen)`,
          }),
          judge({
            name: "library-filtered",
            unit: "ms",
            values,
            baselines: ofSmall,
            aim: { of: "ratio", is: "<=", bound: 1.5 },
            note: `the slowest filter of each round among ${count} videos beside 1,000; medians: ${each}`,
          }),
        ];
      }),
    ),
};

/** Ids, times, creators, tags and metadata as the API makes them; triggers do the rest. */
async function fill(stack: Stack, count: number): Promise<void> {
  const db = await stack.worker.miniflare.getD1Database("DB");
  const step = 2_000;
  for (let from = 0; from < count; from += step) {
    // Of every such group one is found, in the same number whatever the size: the newest hundred.
    const numbers = `WITH RECURSIVE n(i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i < ${Math.min(count, from + step) - 1})`;
    const id = "'vid_01JDC3' || printf('%020d', i)";
    const found = `CASE WHEN i >= ${count - 1_000} AND i % 10 = 7 THEN '7' ELSE '1' || (i % 500) END`;
    await db.batch([
      db.prepare(
        `INSERT INTO videos (id, title, creator, metadata, state, created_at, updated_at) ${numbers}
         SELECT ${id}, 'Film ' || i || ' rare' || ${found}, 'u_' || ${found},
           json_object('course', 'c' || ${found}), 'ready', 1700000000000 + i, 0 FROM n`,
      ),
      db.prepare(`INSERT INTO video_tags (video_id, tag) ${numbers} SELECT ${id}, 'tag-' || ${found} FROM n`),
    ]);
  }
}

interface Walked {
  readonly first: readonly number[];
  readonly last: readonly number[];
  readonly seen: number;
}

async function walk(stack: Stack, count: number): Promise<Walked> {
  const times: number[] = [];
  let [seen, cursor]: [number, string | null] = [0, ""];
  while (cursor !== null) {
    const beganAt = performance.now();
    // Longer pages on the way between the two ends, which are what is compared.
    const limit = seen < 60 * pageSize || seen >= count - 60 * pageSize ? pageSize : 100;
    const page = await ask(stack, `limit=${limit}${cursor === "" ? "" : `&cursor=${cursor}`}`);
    if (limit === pageSize) times.push(performance.now() - beganAt);
    seen += page.data.length;
    cursor = page.nextCursor;
  }
  if (seen !== count) throw new Error(`${seen} of ${count} were seen`);
  return { first: times.slice(5, 60), last: times.slice(-55), seen };
}

async function timed(stack: Stack, query: string): Promise<number> {
  const times: number[] = [];
  for (let again = 0; again < 5; again++) {
    const beganAt = performance.now();
    const { data } = await ask(stack, `limit=${pageSize}&${query}`);
    times.push(performance.now() - beganAt);
    if (data.length !== pageSize) throw new Error(`${query}: ${data.length} found`);
  }
  return median(times);
}

async function ask(
  stack: Stack,
  query: string,
): Promise<{ data: readonly unknown[]; nextCursor: string | null }> {
  const answer = await fetch(`${stack.url}/v1/videos?${query}`, {
    headers: { Authorization: `Bearer ${stack.apiKey}` },
  });
  if (!answer.ok) throw new Error(`${query}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as { data: readonly unknown[]; nextCursor: string | null };
}
