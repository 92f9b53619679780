// Every event in every state, as a table that says it all.
import { expect, it } from "vitest";
import { stateAfter, statesAccepting, type VideoEvent, type VideoState } from "./lifecycle.ts";

const states = ["awaitingUpload", "uploaded", "processing", "ready", "error"] as const;

/** The state after the event in each of `states`; "-": it changes nothing. */
const table: { readonly [Kind in VideoEvent["kind"]]: readonly (VideoState | "-")[] } = {
  uploadCompleted: ["uploaded", "-", "-", "-", "-"],
  passedThrough: ["-", "ready", "-", "-", "-"],
  planned: ["-", "processing", "-", "-", "-"],
  chunkPublished: ["-", "-", "processing", "-", "-"],
  sealed: ["-", "-", "ready", "-", "-"],
  failed: ["error", "error", "error", "-", "-"],
  requeued: ["-", "-", "-", "-", "uploaded"],
  encodeWanted: ["-", "-", "-", "uploaded", "uploaded"],
};
// Each key of the table is an event: a kind that is missing does not compile.
const kinds = Object.keys(table) as readonly VideoEvent["kind"][];

it.each(kinds)("%s changes what it may and nothing else", (kind) => {
  const after = states.map((state) => (statesAccepting(kind).includes(state) ? stateAfter(kind) : "-"));
  expect(after).toEqual(table[kind]);
});

it("no state but the first is without a way into it, and none without a way out", () => {
  const into = new Set(kinds.map(stateAfter));
  expect(states.filter((state) => !into.has(state))).toEqual(["awaitingUpload"]);
  expect(states.filter((state) => !kinds.some((kind) => statesAccepting(kind).includes(state)))).toEqual([]);
});
