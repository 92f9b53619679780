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
