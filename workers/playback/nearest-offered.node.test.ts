import { expect, it } from "vitest";
import { buildTimeline } from "#workers/testing/build-timeline.ts";
import type { Format } from "#workers/timeline/timeline.ts";
import { nearestOffered } from "./nearest-offered.ts";
import { allTracks, anonymousClaims } from "./session.ts";

const made = buildTimeline({ frameCount: 60, heights: [240, 360, 720, 1080], audio: [{}, {}] }).tracks.map(
  ({ format }) => format,
);
const dropped = (ids: readonly string[]): readonly Format[] =>
  made.map((format) => (ids.includes(format.id) ? { ...format, dropped: true } : format));

function nearest(gone: readonly string[], wanted: string, trackMask = allTracks): string | null {
  const formats = dropped(gone);
  const index = formats.findIndex(({ id }) => id === wanted);
  return nearestOffered({ formats, firstTrackBit: 0 }, anonymousClaims(0, 60, trackMask), index);
}

it("is the next rendition below, else the lowest; of sound the first", () => {
  expect(nearest(["v720"], "v720")).toBe("v360");
  expect(nearest(["v720", "v360"], "v720")).toBe("v240");
  expect(nearest(["v240"], "v240")).toBe("v360");
  expect(nearest(["a0"], "a0")).toBe("a1");
});

it("is never one that the session was not offered", () => {
  expect(nearest(["v720"], "v720", 0b1100)).toBe("v1080");
  expect(nearest(["v720"], "v720", 0b0100)).toBeNull();
});

it("is of the same codec where there is one", () => {
  const av1: readonly Format[] = dropped(["v1080"]).map((format) =>
    format.kind === "video" && format.height >= 720 ? { ...format, codec: "av01.0.08M.08" } : format,
  );
  const session = anonymousClaims(0, 60, allTracks);
  expect(nearestOffered({ formats: av1, firstTrackBit: 0 }, session, 3)).toBe("v720");
});
