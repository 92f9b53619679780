import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { curlOf, sectionsOf, sentBodyOf, type ApiDocument } from "./document.ts";

const document = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../openapi.json"), "utf8"),
) as ApiDocument;
const all = sectionsOf(document, "").flatMap(({ entries }) => entries);

it("shows every operation of the document once, and every event that is sent", () => {
  const ids = all.map(({ operation }) => operation.operationId);
  const described = [document.paths, document.webhooks].flatMap((items) =>
    Object.values(items).flatMap((item) => Object.values(item)),
  );
  expect(ids.toSorted()).toEqual(described.map(({ operationId }) => operationId).toSorted());
});

it("finds by every word, of method, path, name and summary", () => {
  const found = sectionsOf(document, " PATCH  videos/{videoid} ").flatMap(({ entries }) => entries);
  expect(found.map(({ operation }) => operation.operationId)).toContain("patchVideo");
  expect(found.every(({ method }) => method === "PATCH")).toBe(true);
  expect(sectionsOf(document, "no such words")).toEqual([]);
});

it("writes a request for a shell", () => {
  const create = all.find(({ operation }) => operation.operationId === "createVideo");
  if (create === undefined) throw new Error("the document has no createVideo");
  const curl = curlOf(create, "https://video.example");
  expect(curl).toContain("curl -X POST 'https://video.example/v1/videos'");
  expect(curl).toContain("-H 'Authorization: Bearer '$SLUICE_KEY");
  expect(curl).toMatch(/-d '\{"title":/);
});

const requestOf = (name: string): string => {
  const entry = all.find(({ operation }) => operation.operationId === name);
  if (entry === undefined) throw new Error(`the document has no ${name}`);
  return curlOf(entry, "https://video.example");
};

it("writes requests with ids, and with all that must be said", () => {
  for (const { operation } of all.filter(({ isSent }) => !isSent)) {
    const [line = ""] = requestOf(operation.operationId).split("\n");
    expect(line).not.toMatch(/[{}]/);
  }
  expect(requestOf("getVideo")).toMatch(/\/v1\/videos\/vid_[0-9A-Z]{26}'/);
  expect(requestOf("getOembed")).toContain("/oembed?url=https%3A%2F%2F");
  expect(requestOf("headUpload")).toContain("-H 'Tus-Resumable: 1.0.0'");
});

it("names the secret that an operation asks for", () => {
  expect(requestOf("getMetrics")).toContain("-H 'Authorization: Bearer '$METRICS_TOKEN");
  expect(requestOf("getHealth")).not.toContain("Authorization");
});

it("shows the body of an event, and who is sent it", () => {
  const ready = all.find(({ path }) => path === "video.ready");
  if (ready === undefined) throw new Error("the document has no video.ready");
  expect(ready.isSent).toBe(true);
  expect(JSON.parse(sentBodyOf(ready))).toMatchObject({
    type: "video.ready",
    data: { id: expect.any(String) },
  });
  expect(all.filter(({ isSent }) => isSent)).toHaveLength(Object.keys(document.webhooks).length);
});
