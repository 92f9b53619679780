// docs/access-rules.md: what it tells people to send is what the contract takes.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { purgeSchema, videoPatchSchema } from "#workers/videos/contract.ts";
import { playbackIdPatchSchema } from "#workers/videos/playback-id-contract.ts";
import { ruleTypes } from "./restrictions.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/access-rules.md"), "utf8");

const calls = [...page.matchAll(/^curl (?:-X \w+ )?https:\/\/[^/]+(\/\S+)[\s\S]*?-d '([^']+)'/gm)].map(
  ([, path = "", body = ""]) => [path, body] as const,
);

function schemaOf(path: string) {
  if (path === "/v1/purge") return purgeSchema;
  return path.includes("/playback-ids/") ? playbackIdPatchSchema : videoPatchSchema;
}

describe("docs/access-rules.md", () => {
  it("shows calls", () => {
    expect(calls.length).toBeGreaterThanOrEqual(4);
  });

  it.each(calls)("shows a body that %s takes: %s", (path, body) => {
    expect(schemaOf(path).safeParse(JSON.parse(body)).error).toBeUndefined();
  });

  it("shows limits that a playback id takes", () => {
    const shown = [...page.matchAll(/`(\{"limits": [^`]+)`/g)].map(([, body = ""]) => body);
    expect(shown).toHaveLength(2);
    for (const body of shown) expect(playbackIdPatchSchema.safeParse(JSON.parse(body)).success).toBe(true);
  });

  it("tells every type of rule, and no other", () => {
    const told = [...page.matchAll(/^\| `(\w+)` \|(?: `\w+` \|| \|) /gm)].map(([, type]) => type);
    expect(told.toSorted()).toEqual([...ruleTypes].toSorted());
  });
});
