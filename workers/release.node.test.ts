import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { release } from "./release.ts";

it("is the version of package.json", () => {
  const text = readFileSync(join(import.meta.dirname, "..", "package.json"), "utf8");
  expect(release).toBe((JSON.parse(text) as { readonly version: string }).version);
});
