import { gunzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { printForMany, printForOne } from "./printed.ts";

const line = "#EXT-X-MEDIA:TYPE=AUDIO\n";
const longText = line.repeat(500);

it("compresses one viewer's text only when it is more than a connection's first flight", () => {
  expect(printForOne(line.repeat(100)).gzip()).toBeNull();
  const packed = printForOne(longText).gzip() ?? new Uint8Array();
  expect(gunzipSync(packed).toString()).toBe(longText);
});

it("compresses what many will read, however short", () => {
  const packed = printForMany(line).gzip() ?? new Uint8Array();
  expect(gunzipSync(packed).toString()).toBe(line);
});
