import { expect, it } from "vitest";
import { asKey, keyInFragment } from "./api-key.ts";

const key = "sluice_key_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4_aB-cD_eF";

it("takes the key out of a fragment, alone or among others", () => {
  expect(keyInFragment(`#key=${key}`)).toBe(key);
  expect(keyInFragment(`#tab=2&key=${key}`)).toBe(key);
});

it("finds none in a fragment without one", () => {
  for (const fragment of ["", "#", "#main", "#key=", "#keys=abcdefghij"])
    expect(keyInFragment(fragment)).toBeNull();
});

it("refuses what could not stand in a header", () => {
  for (const text of [
    "",
    "short",
    "two words here",
    "line\nbreak-in-key",
    "sluice_ключ_секрет",
    "a".repeat(257),
  ]) {
    expect(asKey(text)).toBeNull();
  }
  expect(asKey(`  ${key}\n`)).toBe(key);
});
