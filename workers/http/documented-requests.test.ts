// What docs/ tells people to send is sent, as it stands there: each call of curl to a route of the API, and each block
// that begins with a method and a path.
import { env, exports } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import "#workers/testing/loaded-objects.ts";
import { call, insertApiKey, origin } from "#workers/testing/api-client.ts";
import { seedSealedVideo, type SeededVideo } from "#workers/testing/seed-video.ts";

declare global {
  interface ImportMeta {
    /** Of the test's bundler; a Worker has none. */
    glob(pattern: string, how: object): Readonly<Record<string, string>>;
  }
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body: string | null;
  readonly withKey: boolean;
}

const pages = import.meta.glob("../../docs/*.md", {
  query: "?raw",
  import: "default",
  eager: true,
});

/** A command goes on where its line ends in a backslash or its text in quotes is open. */
function curls(page: string): readonly Sent[] {
  const commands = page.replaceAll("\\\n", " ").matchAll(/^curl ((?:'[^']*'|"[^"]*"|[^'"\n])*)/gm);
  return [...commands].flatMap(([, words = ""]) => {
    const path = /(?:https:\/\/[\w.-]+|\$URL)(\/v1\/[^\s"']*)/.exec(words)?.[1];
    if (path === undefined) return [];
    const body = / -d '([^']*)'/.exec(words)?.[1] ?? null;
    const method = / ?-X (\w+)/.exec(words)?.[1] ?? (body === null ? "GET" : "POST");
    return [{ method, path, body, withKey: words.includes("Authorization: Bearer $") }];
  });
}

function blocks(page: string): readonly Sent[] {
  return [...page.matchAll(/```http\n([A-Z]+) (\S+)\n([\s\S]*?)```/g)].map(
    ([, method = "", path = "", body = ""]) => ({ method, path, body, withKey: true }),
  );
}

const requests = Object.entries(pages).flatMap(([file, page]) =>
  [...curls(page), ...blocks(page)].map((sent) => ({ page: file.split("/").at(-1), ...sent })),
);

/** In place of what everybody has to put in for themselves. */
async function filledIn(text: string, { videoId, playbackId }: SeededVideo, token: string): Promise<string> {
  const refreshToken = text.includes("sluice_tok_…") ? await refreshTokenFor(playbackId, token) : "";
  return text
    .replace(/vid_(…|01JDC3Y5T8Z9Q2W4E6R8T0Y2V4)/, videoId)
    .replace("Wn3xZ1q0T2uLr9m5cVb7Kg", playbackId)
    .replace("sluice_tok_…", refreshToken)
    .replaceAll("…", "x");
}

async function refreshTokenFor(playbackId: string, token: string): Promise<string> {
  const grant = { playbackId, refreshable: true };
  const made = await call("POST", "/v1/playback-tokens", { token, json: grant });
  return (await made.json<{ refreshToken: string }>()).refreshToken;
}

beforeAll(() => {
  // Nobody outside is asked for anything, now or by what goes on afterwards.
  vi.spyOn(globalThis, "fetch").mockImplementation(() =>
    Promise.resolve(new Response(null, { status: 503 })),
  );
});

describe("docs/", () => {
  it("has requests of many pages", () => {
    expect(new Set(requests.map(({ page }) => page)).size).toBeGreaterThanOrEqual(8);
  });

  it.each(requests)("$page: $method $path does what it is there for", async (sent) => {
    const token = await insertApiKey("admin");
    const video = await seedSealedVideo(env);
    const path = await filledIn(sent.path, video, token);
    const body = sent.body === null ? null : await filledIn(sent.body, video, token);
    const headers = {
      ...(sent.withKey ? { Authorization: `Bearer ${token}` } : {}),
      ...(body === null ? {} : { "Content-Type": "application/json" }),
    };
    const answer = await exports.default.fetch(
      new Request(origin + path, { method: sent.method, headers, body }),
    );
    expect([answer.status, await answer.text()]).toEqual([
      expect.toSatisfy((s: number) => s < 300),
      expect.anything(),
    ]);
  });
});
