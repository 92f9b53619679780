import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import openapi from "../../openapi.json" with { type: "json" };
import { problemCodes, problemStatus } from "./problem.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/errors.md"), "utf8");
const [codesPart = "", videoPart = ""] = page.split("## Why a video failed");

it("docs/errors.md tells every code with its status, and no other", () => {
  const told = [...codesPart.matchAll(/^\| `(\w+)` \| (\d{3}) \|/gm)].map(([, code, status]) => [
    code,
    Number(status),
  ]);
  const known = problemCodes.map((code) => [code, problemStatus(code)]);
  expect(told.map(String).toSorted()).toEqual(known.map(String).toSorted());
});

it("docs/errors.md tells every reason of a failed video, and no other", () => {
  const told = [...videoPart.matchAll(/^\| `(\w+)` \|/gm)].map(([, code]) => code);
  const contract = openapi.components.schemas.Video.properties.status.properties.error.properties.code.enum;
  expect(told.map(String).toSorted()).toEqual(contract.toSorted());
});
