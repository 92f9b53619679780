import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseChecksum } from "./checksum.ts";
import { newUploadSchema } from "./contract.ts";
import { describedBy, parseUploadMetadata } from "./metadata.ts";
import { methodOf, readCreation, readPatch, versionRefusal } from "./tus.ts";

const limits = { maxBodyBytes: 1_000, maxUploadBytes: 10_000 };
const chunk = { "Content-Type": "application/offset+octet-stream" };

const creation = (headers: Record<string, string>) => readCreation(new Headers(headers), limits);
const patch = (headers: Record<string, string>) => readPatch(new Headers(headers), limits);
const codeOf = (result: ReturnType<typeof creation> | ReturnType<typeof patch>) =>
  result.ok ? "ok" : result.reason.code;

describe("a creation", () => {
  test.each([
    [{ "Upload-Length": "10" }, "ok"],
    [{ "Upload-Length": "0" }, "ok"],
    [{ "Upload-Defer-Length": "1" }, "ok"],
    [{ "Upload-Defer-Length": "2" }, "invalidParameter"],
    [{}, "invalidParameter"],
    [{ "Upload-Length": "10", "Upload-Defer-Length": "1" }, "invalidParameter"],
    [{ "Upload-Length": "-1" }, "invalidParameter"],
    [{ "Upload-Length": "1e3" }, "invalidParameter"],
    [{ "Upload-Length": "9007199254740993" }, "invalidParameter"],
    [{ "Upload-Length": "10001" }, "uploadTooLarge"],
    [{ "Upload-Length": "10", "Upload-Concat": "partial" }, "invalidParameter"],
    [{ "Upload-Length": "10", "Content-Length": "1001", ...chunk }, "bodyTooLarge"],
  ] as const)("with %j is %s", (headers, expected) => {
    expect(codeOf(creation({ ...headers }))).toBe(expected);
  });

  test("has a first chunk only when the body is of the chunk type", () => {
    const withChunk = creation({ "Upload-Length": "10", "Content-Length": "4", ...chunk });
    expect(withChunk.ok && withChunk.value.firstChunk).toMatchObject({ offsetBytes: 0, bodyBytes: 4 });
    const without = creation({ "Upload-Length": "10", "Content-Type": "text/plain" });
    expect(without.ok && without.value.firstChunk).toBeNull();
  });
});

describe("a PATCH", () => {
  test.each([
    [{ "Upload-Offset": "0", ...chunk }, "ok"],
    [{ "Upload-Offset": "0", "Content-Type": "application/octet-stream" }, "unsupportedMediaType"],
    [{ "Upload-Offset": "0" }, "unsupportedMediaType"],
    [{ ...chunk }, "invalidParameter"],
    [{ "Upload-Offset": "x", ...chunk }, "invalidParameter"],
    [{ "Upload-Offset": "0", "Upload-Checksum": "crc32 AAAAAA==", ...chunk }, "invalidParameter"],
    [{ "Upload-Offset": "0", "Content-Length": "1001", ...chunk }, "bodyTooLarge"],
  ] as const)("with %j is %s", (headers, expected) => {
    expect(codeOf(patch({ ...headers }))).toBe(expected);
  });
});

test("another version of tus, or none, is refused", () => {
  expect(versionRefusal(new Headers({ "Tus-Resumable": "1.0.0" }))).toBeNull();
  expect(versionRefusal(new Headers({ "Tus-Resumable": "0.2.2" }))?.code).toBe("tusVersionUnsupported");
  expect(versionRefusal(new Headers())?.code).toBe("tusVersionUnsupported");
});

test("X-HTTP-Method-Override names the method", () => {
  expect(methodOf("POST", new Headers({ "X-HTTP-Method-Override": "patch" }))).toBe("PATCH");
  expect(methodOf("HEAD", new Headers())).toBe("HEAD");
});

const encode = (text: string) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

describe("Upload-Metadata", () => {
  test("gives back whatever text was put in", () => {
    const key = fc.stringMatching(/^[!-+\--~]{1,12}$/);
    fc.assert(
      fc.property(fc.dictionary(key, fc.string({ unit: "grapheme", maxLength: 20 })), (pairs) => {
        const header = Object.entries(pairs).map(([name, value]) => `${name} ${encode(value)}`);
        const parsed = parseUploadMetadata(header.join(","));
        expect(parsed.ok && Object.fromEntries(parsed.value)).toEqual({ ...pairs });
      }),
    );
  });

  test.each([
    ["a key that is not ASCII", "\u00e9 aGk="],
    ["a key twice", "a aGk=,a aGk="],
    ["what is not base64", "a %%%"],
    ["base64 of what is not UTF-8", "a /w=="],
    ["an empty pair", "a aGk=,,b aGk="],
    ["a third word", "a aGk= x"],
    ["more than 8 KiB", `a ${"aaaa".repeat(2_048)}`],
  ])("is refused with %s", (_, header) => {
    expect(parseUploadMetadata(header).ok).toBe(false);
  });

  test("may hold a key without a value", () => {
    const parsed = parseUploadMetadata("isPrivate,name aGk=");
    expect(parsed.ok && [...parsed.value]).toEqual([
      ["isPrivate", ""],
      ["name", "hi"],
    ]);
  });

  test("describes the video by the keys we know and leaves others alone", () => {
    const described = describedBy(
      new Map([
        ["filename", "a.mp4"],
        ["name", "b.mp4"],
        ["filetype", "video/mp4"],
        ["title", "A film"],
        ["segmentSeconds", "6"],
        ["metadata", '{"course":"intro"}'],
      ]),
    );
    expect(described).toEqual({
      fileName: "a.mp4",
      title: "A film",
      segmentSeconds: 6,
      metadata: { course: "intro" },
    });
  });
});

test("metadata says all that the JSON API takes, but the length and whether parts go straight to the bucket", () => {
  const shape = Object.keys(newUploadSchema.def.shape);
  const said = new Map(shape.map((name) => [name === "fileName" ? "filename" : name, "1"]));
  const own = new Set(["sizeBytes", "multipart"]);
  expect(Object.keys(describedBy(said)).toSorted()).toEqual(
    shape.filter((name) => !own.has(name)).toSorted(),
  );
  const sound = { language: "de", label: "Deutsch" };
  expect(
    describedBy(
      new Map([
        ["replace", "true"],
        ["audioTrack", JSON.stringify(sound)],
      ]),
    ),
  ).toEqual({
    replace: true,
    audioTrack: sound,
  });
});

test("a checksum is of an algorithm that is offered, and as long as its digests are", () => {
  expect(parseChecksum("sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=")).toEqual({
    algorithm: "sha1",
    digest: "Kq5sNclPz7QV2+lfQIuc6R7oRu0=",
  });
  expect(parseChecksum("sha256 Kq5sNclPz7QV2+lfQIuc6R7oRu0=")).toBeNull();
  expect(parseChecksum("crc32 AAAAAA==")).toBeNull();
  expect(parseChecksum("sha1")).toBeNull();
});
