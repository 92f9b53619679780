import { expect, it } from "vitest";
import { describedBy, parseUploadMetadata } from "#workers/uploads/metadata.ts";
import { settingsFields, settingsMetadata, tagsIn, usualSettings } from "./video-settings.ts";

const chosen = { playbackPolicy: "signed", encoding: "mobile", creator: "Zoë, 81", tags: ["a b", "ü"] };

it("tells the API the same by tus as by JSON", () => {
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const header = Object.entries(settingsMetadata(chosen))
    .map(([name, value]) => `${name} ${base64(value)}`)
    .join(",");
  const parsed = parseUploadMetadata(header);
  expect(parsed.ok && describedBy(parsed.value)).toEqual(settingsFields(chosen));
  expect(settingsFields(chosen)).toEqual(chosen);
});

it("says nothing of what the API does by itself", () => {
  expect(settingsFields(usualSettings)).toEqual({});
});

it("reads tags between commas, each once", () => {
  expect(tagsIn(" a b, ,c,a b")).toEqual(["a b", "c"]);
});
