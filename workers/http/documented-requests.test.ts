// What docs/ tells people to send is sent, as it stands there: each call of curl to a route of the API, and each block
// that begins with a method and a path.
import { env, exports } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import "#workers/testing/loaded-objects.ts";
import { call, insertApiKey, origin } from "#workers/testing/api-client.ts";
import { seedSealedVideo, type SeededVideo } from "#workers/testing/seed-video.ts";
import type { Video } from "#workers/videos/contract.ts";
import { tinyFilm } from "#workers/testing/tiny-film.ts";

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
  readonly contentType: string;
  readonly withKey: boolean;
}

const pages = import.meta.glob("../../docs/*.md", {
  query: "?raw",
  import: "default",
  eager: true,
});

/** What files that a command sends hold. */
const files: Readonly<Record<string, string>> = {
  "film.vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\nHello.\n",
};

/** A command goes on where its line ends in a backslash or its text in quotes is open. */
function curls(page: string): readonly Sent[] {
  const commands = page.replaceAll("\\\n", " ").matchAll(/^curl ((?:'[^']*'|"[^"]*"|[^'"\n])*)/gm);
  return [...commands].map(([, words = ""]) => {
    const path = /(?:https:\/\/[\w.-]+|\$\w+)(\/v1\/[^\s"']*)/.exec(words)?.[1];
    if (path === undefined) throw new Error(`curl of nothing here: ${words}`);
    const file = / --data-binary @(\S+)/.exec(words)?.[1];
    const body = / -d '([^']*)'/.exec(words)?.[1] ?? (file === undefined ? null : (files[file] ?? null));
    const method = / ?-X (\w+)/.exec(words)?.[1] ?? (body === null ? "GET" : "POST");
    const contentType = /Content-Type: ([^"']+)/.exec(words)?.[1] ?? "application/json";
    return { method, path, body, contentType, withKey: words.includes("Authorization: Bearer $") };
  });
}

/** Each block that begins with a method and a path of the API. */
function blocks(page: string): readonly Sent[] {
  return [...page.matchAll(/```\w*\n([A-Z]+) (\/v1\/\S+)\n([\s\S]*?)```/g)].map(
    ([, method = "", path = "", body = ""]) => ({
      ...{ method, path, body, contentType: "application/json", withKey: true },
    }),
  );
}

const requests = Object.entries(pages).flatMap(([file, page]) =>
  [...curls(page), ...blocks(page)].map((sent) => ({ page: file.split("/").at(-1), ...sent })),
);

/** In place of what everybody has to put in for themselves. */
async function filledIn(text: string, { videoId, playbackId }: Named, token: string): Promise<string> {
  const refreshToken = text.includes("sluice_tok_…") ? await refreshTokenFor(playbackId, token) : "";
  return text
    .replace(/vid_(…|01JDC3Y5T8Z9Q2W4E6R8T0Y2V4)|\$VIDEO|\{videoId\}/, videoId)
    .replace("Wn3xZ1q0T2uLr9m5cVb7Kg", playbackId)
    .replace("sluice_tok_…", refreshToken)
    .replaceAll("…", "x");
}

async function refreshTokenFor(playbackId: string, token: string): Promise<string> {
  const grant = { playbackId, refreshable: true };
  const made = await call("POST", "/v1/playback-tokens", { token, json: grant });
  return (await made.json<{ refreshToken: string }>()).refreshToken;
}

const filmKey = "films/launch.mov";

/** Long enough for what is cut out of it. */
const chunkFragments = [6, 12, 12, 12];

type Named = Pick<SeededVideo, "videoId" | "playbackId">;

async function passedThrough(token: string): Promise<Named> {
  const json = { source: { objectKey: filmKey }, encoding: "passthrough" };
  const made = await call("POST", "/v1/videos", { token, json });
  const { id, playbackIds } = await made.json<Video>();
  return { videoId: id, playbackId: playbackIds[0]?.id ?? "" };
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
    await env.MEDIA.put(filmKey, tinyFilm([2, 2]).bytes);
    const video = sent.path.endsWith("/encode")
      ? await passedThrough(token)
      : await seedSealedVideo(env, { chunkFragments });
    const path = await filledIn(sent.path, video, token);
    const body = sent.body === null ? null : await filledIn(sent.body, video, token);
    const headers = {
      ...(sent.withKey ? { Authorization: `Bearer ${token}` } : {}),
      ...(body === null ? {} : { "Content-Type": sent.contentType }),
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
