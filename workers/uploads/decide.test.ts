import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decideWrite, type PatchRequest, type WriteDecision } from "./decide.ts";
import type { Session } from "./session.ts";

const limits = { maxBodyBytes: 1_000, maxUploadBytes: 10_000 };

const open: Session = {
  uploadId: "upl_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4",
  videoId: "vid_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4",
  secretHash: "",
  sizeBytes: 500,
  offsetBytes: 100,
  partBytes: 64,
  multipartId: "m",
  nextPartNumber: 2,
  fileName: null,
  rawMetadata: "",
  createdAtMs: 0,
  expiresAtMs: 1_000,
  expirySeconds: 1,
  phase: { kind: "open" },
};

const patch = (change: Partial<PatchRequest> = {}): PatchRequest => ({
  kind: "patch",
  offsetBytes: 100,
  announcedBytes: null,
  bodyBytes: 50,
  checksum: null,
  ...change,
});

const verdict = (decision: WriteDecision) =>
  decision.kind === "refuse" ? decision.refusal.code : decision.kind;

describe("a PATCH", () => {
  test.each([
    ["is received at the offset", open, patch(), "receive"],
    ["is refused behind the offset", open, patch({ offsetBytes: 99 }), "uploadOffsetMismatch"],
    ["is refused beyond the offset", open, patch({ offsetBytes: 101 }), "uploadOffsetMismatch"],
    ["may end exactly at the length", open, patch({ bodyBytes: 400 }), "receive"],
    ["is refused when it goes beyond the length", open, patch({ bodyBytes: 401 }), "uploadLengthExceeded"],
    ["is refused over the body limit", open, patch({ bodyBytes: 1_001 }), "bodyTooLarge"],
    ["may repeat the length", open, patch({ announcedBytes: 500 }), "receive"],
    ["can't change the length", open, patch({ announcedBytes: 501 }), "uploadLengthMismatch"],
    ["may bring a deferred length", { ...open, sizeBytes: null }, patch({ announcedBytes: 150 }), "receive"],
    [
      "can't announce less than is there",
      { ...open, sizeBytes: null },
      patch({ announcedBytes: 99 }),
      "uploadLengthMismatch",
    ],
    [
      "can't announce more than is allowed",
      { ...open, sizeBytes: null },
      patch({ announcedBytes: 10_001 }),
      "uploadTooLarge",
    ],
    ["is refused when time is over", { ...open, expiresAtMs: 10 }, patch(), "uploadExpired"],
    [
      "is refused after cancellation",
      { ...open, phase: { kind: "ended", reason: "cancelled", settled: true } },
      patch(),
      "gone",
    ],
    [
      "that repeats the last request of a complete upload is answered as that one was",
      { ...open, offsetBytes: 500, phase: { kind: "completed" } },
      patch({ offsetBytes: 500, bodyBytes: 0 }),
      "alreadyDone",
    ],
    [
      "with new bytes for a complete upload is refused",
      { ...open, offsetBytes: 500, phase: { kind: "completed" } },
      patch({ offsetBytes: 500, bodyBytes: 1 }),
      "uploadLengthExceeded",
    ],
  ] as const)("%s", (_, session, request, expected) => {
    expect(verdict(decideWrite(session, request, limits, 10))).toBe(expected);
  });
});

describe("a PUT", () => {
  const put = (bodyBytes: number | null) => ({ kind: "put", bodyBytes }) as const;
  test.each([
    ["begins anew whatever is there", open, put(500), "receive"],
    ["is refused when shorter than announced", open, put(499), "uploadLengthMismatch"],
    ["is refused when longer than announced", open, put(501), "uploadLengthExceeded"],
    ["may have any length when none was announced", { ...open, sizeBytes: null }, put(7), "receive"],
    ["is refused once the upload is complete", { ...open, phase: { kind: "stored" } }, put(500), "conflict"],
  ] as const)("%s", (_, session, request, expected) => {
    expect(verdict(decideWrite(session, request, limits, 10))).toBe(expected);
  });
});

test("nothing is ever received beyond the length, the body limit or the upload limit, at any other offset than the upload's", () => {
  const size = fc.integer({ min: 0, max: 12_000 });
  fc.assert(
    fc.property(
      fc.option(size, { nil: null }),
      size,
      size,
      fc.option(size, { nil: null }),
      fc.option(size, { nil: null }),
      (sizeBytes, at, offsetBytes, announcedBytes, bodyBytes) => {
        const session = { ...open, sizeBytes, offsetBytes: Math.min(at, sizeBytes ?? 10_000) };
        const decision = decideWrite(session, patch({ offsetBytes, announcedBytes, bodyBytes }), limits, 10);
        if (decision.kind !== "receive") return;
        const ceiling = Math.min(decision.sizeBytes ?? limits.maxUploadBytes, limits.maxUploadBytes);
        expect(offsetBytes).toBe(session.offsetBytes);
        expect(decision.fromBytes).toBe(session.offsetBytes);
        expect(decision.atMostBytes).toBeLessThanOrEqual(limits.maxBodyBytes);
        if (sizeBytes === null)
          expect(decision.fromBytes + decision.atMostBytes).toBeLessThanOrEqual(ceiling);
        else expect(decision.fromBytes + decision.atMostBytes).toBeLessThanOrEqual(sizeBytes);
        expect(bodyBytes ?? 0).toBeLessThanOrEqual(decision.atMostBytes);
      },
    ),
  );
});
