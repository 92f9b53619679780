import { expect, it } from "vitest";
import { SoundList } from "./sounds.ts";

const sounds = [
  { id: "0", label: "English", language: "en" },
  { id: "1", label: "Deutsch", language: "de" },
];

it("tells of a choice once, though a menu enables one and disables the others", () => {
  const list = new SoundList();
  list.replace(sounds, 0);
  const chosen: number[] = [];
  list.addEventListener("change", () => chosen.push(list.selectedIndex));
  for (const sound of list) sound.enabled = sound.id === "1";
  expect(chosen).toEqual([1]);
  for (const sound of list) sound.enabled = sound.id === "1";
  expect(chosen).toEqual([1]);
});

it("hears nothing from the sounds of a source that is gone", () => {
  const list = new SoundList();
  list.replace(sounds, 0);
  const [, former] = [...list];
  list.replace([], -1);
  expect([list.length, list.selectedIndex]).toEqual([0, -1]);
  if (former !== undefined) former.enabled = true;
  expect(list.selectedIndex).toBe(-1);
});

it("is read by place and by id, as HTML's list of audio tracks is", () => {
  const list = new SoundList();
  list.replace(sounds, 0);
  expect([list[1]?.label, list.getTrackById("1")?.label, list.getTrackById("7")]).toEqual([
    ...["Deutsch", "Deutsch", null],
  ]);
  list.replace([], -1);
  expect([list[0], list[1], list.getTrackById("1")]).toEqual([undefined, undefined, null]);
});
