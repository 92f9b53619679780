// Why a file waits is part of the API: its page explains each reason, and no other.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const read = (path: string) => readFileSync(join(import.meta.dirname, path), "utf8");

it("explains every reason for which a file waits", () => {
  const [, union = ""] = /export type UnfitCode =([^;]+);/.exec(read("../packaging/source/source.ts")) ?? [];
  const codes = [...union.matchAll(/"(\w+)"/g)].map(([, code]) => code);
  expect(codes.length).toBeGreaterThan(10);
  const [, section = ""] = read("../../docs/instant-play.md").split("## Why a file waits");
  const explained = [...(section.split("\n## ")[0] ?? "").matchAll(/^\| `(\w+)`/gm)].map(([, code]) => code);
  expect(explained.toSorted()).toEqual(codes.toSorted());
});
