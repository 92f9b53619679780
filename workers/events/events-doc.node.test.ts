// docs/events.md against the union, in both directions.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { eventSchema } from "./contract.ts";
import { eventTypes } from "./event-types.ts";

it("docs/events.md lists every event of the union, and no other", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/events.md"), "utf8");
  const section = page.slice(page.indexOf("\n## All events\n"), page.indexOf("\n## Told as it happens\n"));
  const listed = [...section.matchAll(/^\| `([a-zA-Z]+\.[a-z]+)` \|/gm)].map(([, type]) => type);
  expect(listed).toEqual(eventSchema.options.map(({ shape }) => shape.type.value));
  expect(listed).toEqual(eventTypes);
});
