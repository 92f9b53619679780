import { expect, it, vi } from "vitest";
import { RenditionList } from "./renditions.ts";

const low = { id: "0", width: 426, height: 240, bitrate: 300_000 };
const high = { id: "1", width: 1280, height: 720, bitrate: 2_000_000 };

function filled() {
  const list = new RenditionList();
  list.replace([low, high]);
  const changed = vi.fn();
  list.addEventListener("change", changed);
  return { list, changed };
}

it("can be read as media-chrome reads it: by index, by iteration, by length", () => {
  const { list } = filled();
  expect(list.length).toBe(2);
  expect(list[1]).toMatchObject(high);
  expect([...list].map((rendition) => rendition.id)).toEqual(["0", "1"]);
});

it("starts with Auto and reports a choice once", () => {
  const { list, changed } = filled();
  expect(list.selectedIndex).toBe(-1);
  list.selectedIndex = 1;
  list.selectedIndex = 1;
  expect(changed).toHaveBeenCalledTimes(1);
  expect(list[1]?.selected).toBe(true);
  expect(list[0]?.selected).toBe(false);
});

it("takes any index it does not have as Auto", () => {
  const { list } = filled();
  for (const index of [2, -5, 0.5, Number.NaN]) {
    list.selectedIndex = 0;
    list.selectedIndex = index;
    expect(list.selectedIndex).toBe(-1);
  }
});

it("forgets what it held, and the choice, when a new source replaces it", () => {
  const { list } = filled();
  list.selectedIndex = 1;
  list.replace([high]);
  expect(list.selectedIndex).toBe(-1);
  expect(list[0]).toMatchObject(high);
  expect(list[1]).toBeUndefined();
});
